from __future__ import annotations

import hashlib
import json
import stat
import struct
import time
import tracemalloc

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.model import weights_file
from tfcnn.model.architecture import parse
from tfcnn.model.network import Network

TEXT = "conv(3,(3,2),act=selu) batchnorm max(2) flatten dense(2,act=linear)"
INPUT_SHAPE = (7, 6, 2)


@pytest.fixture(name="network")
def _network(randomize):
    network = Network(parse(TEXT), INPUT_SHAPE, seed=1)
    randomize(network, 2)
    return network


def parts(path):
    """The header as JSON, and the bytes after it."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def write_raw(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def refusal(path):
    """The message of a load that must fail: one line, naming the file, soon and in little room."""
    tracemalloc.start()
    begin = time.monotonic()
    try:
        with pytest.raises(InputError) as caught:
            Network.load(path)
        seconds, (_, peak) = time.monotonic() - begin, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(f"{path}: ")
    assert seconds < 2
    assert peak < 20e6
    return message.removeprefix(f"{path}: ")


# The round trip.


def test_load_gives_back_every_bit(network, tmp_path):
    network.save(tmp_path / "w.safetensors")
    loaded = Network.load(tmp_path / "w.safetensors")
    assert loaded.architecture == network.architecture
    assert loaded.input_shape == network.input_shape
    for mine, other in ((network.weights, loaded.weights), (network.state, loaded.state)):
        assert list(mine) == list(other)
        for path in mine:
            assert mine[path].numpy().tobytes() == other[path].numpy().tobytes()
    images = tf.constant(np.random.default_rng(0).uniform(size=(3, *INPUT_SHAPE)), tf.float32)
    np.testing.assert_array_equal(loaded(images), network(images))


def test_any_safetensors_reader_finds_tensors_and_metadata(network, tmp_path):
    network.save(tmp_path / "w.safetensors")
    tensors = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert set(tensors) == {*network.weights, *network.state}
    np.testing.assert_array_equal(tensors["conv1/kernel"], network.weights["conv1/kernel"])
    with safetensors.safe_open(tmp_path / "w.safetensors", framework="numpy") as file:
        metadata = file.metadata()
    expected = hashlib.sha256(f"{TEXT}\n[7, 6, 2]\n".encode())
    for path, tensor in sorted(tensors.items()):
        shape = ", ".join(map(str, tensor.shape)) + ("," if tensor.ndim == 1 else "")
        expected.update(f"{path} ({shape})\n".encode() + tensor.tobytes())
    assert metadata == {
        "architecture": TEXT,
        "input_shape": "[7, 6, 2]",
        "sha256": expected.hexdigest(),
    }


def test_equal_networks_give_equal_bytes(network, tmp_path):
    written = set()
    for i in range(8):  # Eight times, for an order left to chance would agree by luck now and then.
        network.save(tmp_path / f"{i}.safetensors")
        written.add((tmp_path / f"{i}.safetensors").read_bytes())
    assert len(written) == 1


def test_values_that_are_no_numbers_survive(network, tmp_path):
    network.weights["dense1/bias"].assign([np.nan, -np.inf])
    network.save(tmp_path / "w.safetensors")
    bias = Network.load(tmp_path / "w.safetensors").weights["dense1/bias"].numpy()
    assert np.isnan(bias[0]) and bias[1] == -np.inf


def test_an_array_that_is_a_view_is_written_in_its_own_order(tmp_path):
    view = np.arange(6, dtype=np.float32).reshape(2, 3).T
    weights_file.write(tmp_path / "w.safetensors", {"a": view}, "flatten", (1, 1, 1))
    stored = weights_file.read(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(stored.tensors["a"], view)
    assert stored.architecture == "flatten" and stored.input_shape == (1, 1, 1)


def test_the_file_is_readable_like_any_other(network, tmp_path):
    network.save(tmp_path / "new folder" / "w.safetensors")
    (tmp_path / "plain").write_text("")
    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("new folder/w.safetensors", "plain")
    ]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("broken", ["safetensors.numpy.save", "os.fsync", "pathlib.Path.replace"])
def test_a_failed_save_leaves_the_old_file_alone(network, tmp_path, monkeypatch, broken):
    def fail(*_, **__):
        raise OSError("no space left on device")

    path = tmp_path / "w.safetensors"
    network.save(path)
    before = path.read_bytes()
    network.weights["dense1/bias"].assign([7, 7])
    with monkeypatch.context() as patched:
        patched.setattr(broken, fail)
        with pytest.raises(OSError, match="no space left"):
            network.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# Damaged files.


def test_a_missing_file_is_named(tmp_path):
    assert refusal(tmp_path / "none") == "expected a weights file, found none"
    assert refusal(tmp_path) == "expected a weights file, found none"


NO_SAFETENSORS = {
    "empty": b"",
    "shorter than a length": b"\0" * 7,
    "zeros": b"\0" * 100,
    "ones": b"\xff" * 1000,
    "zip": b"PK\x03\x04 this is a zip",
    "header of 8 EiB": struct.pack("<Q", 2**63) + b"{}",
    "header of 1 TiB": struct.pack("<Q", 2**40) + b"{}",
    "list": struct.pack("<Q", 2) + b"[]",
    "not UTF-8": struct.pack("<Q", 4) + b"\xff\xfe{}",
    "line break in a name": struct.pack("<Q", 12) + b'{"a\nb": "c"}',
    "deep": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "NaN": struct.pack("<Q", 16) + b'{"a": NaN      }',
}


@pytest.mark.parametrize("data", NO_SAFETENSORS.values(), ids=NO_SAFETENSORS)
def test_what_is_no_safetensors_file_is_refused(tmp_path, data):
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    assert refusal(path).startswith("expected a safetensors file, found ")


def test_every_truncation_is_refused(network, tmp_path):
    path = tmp_path / "w.safetensors"
    network.save(path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert refusal(path).startswith("expected a safetensors file, found ")
    path.write_bytes(whole + b"\0")
    assert refusal(path).startswith("expected a safetensors file, found ")


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "w.safetensors"
    Network(parse(TEXT), INPUT_SHAPE).save(path)
    return path


@pytest.mark.fuzz
@given(st.data())
def test_a_file_with_wrong_bytes_is_read_or_refused_in_one_line(whole, data):
    """What is read is what was written, whichever bytes are wrong."""
    content = bytearray(whole.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    changed = whole.with_name("changed.safetensors")
    changed.write_bytes(content)
    try:
        loaded, written = (Network.load(path).tensors() for path in (changed, whole))
        assert all(np.array_equal(loaded[path], written[path]) for path in written)
    except InputError as error:
        assert len(str(error).splitlines()) == 1
        assert str(error).startswith(f"{changed}: ")


def test_every_flipped_bit_of_the_tensors_is_found(network, tmp_path):
    path = tmp_path / "w.safetensors"
    network.save(path)
    header, data = parts(path)
    for position in range(0, len(data), 11):
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        write_raw(path, header, bytes(flipped))
        assert refusal(path).startswith(f"expected SHA-256 '{header['__metadata__']['sha256']}' of")


def test_another_architecture_for_the_same_weights_is_found(network, tmp_path):
    path = tmp_path / "w.safetensors"
    network.save(path)
    header, data = parts(path)
    header["__metadata__"]["architecture"] = TEXT.replace("selu", "relu")
    write_raw(path, header, data)
    assert refusal(path).startswith("expected SHA-256 ")


# Headers that lie.


def valid(network, path):
    """Header and data as a program writes them that leaves the checksum out."""
    network.save(path)
    header, data = parts(path)
    del header["__metadata__"]["sha256"]
    return header, data


def test_a_file_without_checksum_is_read(network, tmp_path):
    write_raw(tmp_path / "w.safetensors", *valid(network, tmp_path / "w.safetensors"))
    loaded = Network.load(tmp_path / "w.safetensors")
    np.testing.assert_array_equal(loaded.weights["conv1/kernel"], network.weights["conv1/kernel"])


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"architecture": None}, "expected architecture in the metadata, found none"),
        ({"input_shape": None}, "expected input_shape in the metadata, found none"),
        ({"architecture": ""}, "architecture: expected at least one layer"),
        ({"architecture": "conv(0,\n3)"}, "architecture: 'conv(0,\\n3)': filters: expected"),
        ({"architecture": "exit()"}, "architecture: expected one of conv"),
        ({"architecture": "(" * 1_000_000}, "architecture: expected at most 10000 characters"),
        ({"architecture": "conv(2,9)"}, "layer conv1 (conv(2,9)): its kernel of 9x9 is larger"),
        (
            {"architecture": TEXT.replace("conv(3,(3,2)", "conv(1000000,1000,pad=same")},
            ": expected float32 ",
        ),
        ({"architecture": "flatten dense(1000000)"}, "expected no tensor 'batchnorm1/"),
        ({"architecture": "dense(2)"}, "layer dense1 (dense(2)): needs flat input"),
        (
            {"input_shape": "[7, 6, 3]"},
            ": expected float32 (3, 2, 3, 3), found float32 (3, 2, 2, 3)",
        ),
        ({"input_shape": "[7, 6, 100000]"}, ": expected float32 (3, 2, 100000, 3), found float32"),
        ({"input_shape": "[100000, 100000, 2]"}, "dense1/kernel: expected float32 "),
        ({"input_shape": "[NaN, 6, 2]"}, "input_shape: expected [height, width, channels], found"),
        ({"input_shape": "[1e1, 6, 2]"}, "input_shape: expected [height, width, channels], found"),
        ({"input_shape": "[true, 6, 2]"}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": "[-7, 6, 2]"}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": "[7, 6]"}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": '{"7": 6}'}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": "[" * 100_000}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": "[" + "9" * 9_000 + ",6,2]"}, "input_shape: expected [height"),
        ({"input_shape": "7,\n6,\n2"}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": ""}, "input_shape: expected [height, width, channels], found ''"),
    ],
)
def test_wrong_metadata_are_named(network, tmp_path, metadata, said):
    path = tmp_path / "w.safetensors"
    header, data = valid(network, path)
    merged = {**header["__metadata__"], **metadata}
    header["__metadata__"] = {key: text for key, text in merged.items() if text is not None}
    write_raw(path, header, data)
    assert said in refusal(path)


def test_a_network_of_terabytes_is_refused_before_it_is_made(tmp_path):
    path = tmp_path / "w.safetensors"
    text = "conv(1000000,1000) flatten dense(1000000)"
    write_raw(path, {"__metadata__": {"architecture": text, "input_shape": "[1000, 1000, 3]"}})
    assert refusal(path) == "conv1/bias: expected float32 (1000000,), found no such tensor"


@pytest.mark.parametrize("header", [{}, {"__metadata__": None}, {"__metadata__": {}}])
def test_a_file_without_metadata_is_refused(tmp_path, header):
    write_raw(tmp_path / "w.safetensors", header)
    assert (
        refusal(tmp_path / "w.safetensors") == "expected architecture in the metadata, found none"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: t.pop("conv1/kernel"),
            "conv1/kernel: expected float32 (3, 2, 2, 3), found no such tensor",
        ),
        (
            lambda t: t.pop("batchnorm1/moving_variance"),
            "batchnorm1/moving_variance: expected float32 (3,), found no such tensor",
        ),
        (
            lambda t: t.update({"conv2/kernel\n": np.zeros(1, np.float32)}),
            "expected no tensor 'conv2/kernel\\n', found one",
        ),
        (
            lambda t: t.update({"conv1/bias": np.zeros((3, 1), np.float32)}),
            "conv1/bias: expected float32 (3,), found float32 (3, 1)",
        ),
        (
            lambda t: t.update({"conv1/bias": np.zeros(0, np.float32)}),
            "conv1/bias: expected float32 (3,), found float32 (0,)",
        ),
        (
            lambda t: t.update({"conv1/bias": np.zeros(3, np.float64)}),
            "'conv1/bias': expected F32, found F64",
        ),
        (
            lambda t: t.update({"conv1/bias": np.zeros(3, np.int32)}),
            "'conv1/bias': expected F32, found I32",
        ),
    ],
)
def test_wrong_tensors_are_named(network, tmp_path, change, said):
    path = tmp_path / "w.safetensors"
    tensors = network.tensors()
    change(tensors)
    weights_file.write(path, tensors, TEXT, INPUT_SHAPE)
    assert refusal(path) == said


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "F16", "BOOL", "F\n32", "", "F4"])
def test_types_that_numpy_lacks_are_refused(tmp_path, dtype):
    size = 2 if "16" in dtype else 1
    header = {
        "__metadata__": {"architecture": "flatten", "input_shape": "[1, 1, 1]"},
        "input/mean": {"dtype": dtype, "shape": [1], "data_offsets": [0, size]},
    }
    write_raw(tmp_path / "w.safetensors", header, b"\0" * size)
    assert "expected" in refusal(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("shape", "end"),
    [([2**40], 2**42), ([2**62, 2**62], 0), ([2**40], 0), ([2**40, 0], 0), ([-1], 0), ([1.5], 4)],
)
def test_declared_sizes_are_never_believed(tmp_path, shape, end):
    header = {
        "__metadata__": {"architecture": "flatten", "input_shape": "[1, 1, 1]"},
        "input/mean": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]},
    }
    write_raw(tmp_path / "w.safetensors", header)
    assert "expected" in refusal(tmp_path / "w.safetensors")

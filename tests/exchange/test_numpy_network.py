"""The forward pass in NumPy, and the files that it is read from."""

from __future__ import annotations

import io
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.exchange import NumpyNetwork, export
from tfcnn.model import Network, parse
from tfcnn.model.layers.fields import ACTIVATION_FUNCTIONS

ROOT = pathlib.Path(__file__).parents[2]
TEXT = "conv(2,(3,2),pad=same) max(2) flatten dense(2,act=linear)"
SHAPE = (5, 4, 1)


def test_activations_of_extreme_values_are_quiet():
    from tfcnn.exchange.numpy_network import ACTIVATION_FUNCTIONS as FUNCTIONS

    assert set(FUNCTIONS) == set(ACTIVATION_FUNCTIONS)
    values = np.array([-1e38, -100, 100, 1e38], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        for name in FUNCTIONS:
            assert np.isfinite(FUNCTIONS[name](values)[:3]).all()
    np.testing.assert_array_equal(FUNCTIONS["sigmoid"](values), [0, 0, 1, 1])


def test_neither_tensorflow_nor_safetensors_is_needed(default_network, digits, tmp_path):
    images = digits.test.images[:20] / np.float32(255)
    export(default_network, "npz", tmp_path / "n.npz")
    np.save(tmp_path / "images.npy", images)
    program = f"""
import sys
for absent in ("tensorflow", "safetensors", "scipy", "absl", "tqdm"):
    sys.modules[absent] = None
import numpy as np
from tfcnn.exchange import NumpyNetwork
images = np.load("{tmp_path}/images.npy")
np.save("{tmp_path}/logits.npy", NumpyNetwork.load("{tmp_path}/n.npz")(images))
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
    logits = np.load(tmp_path / "logits.npy")
    np.testing.assert_allclose(logits, default_network(images), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 5, 4, 1), np.uint8), np.zeros((5, 4, 1)), np.zeros((1, 5, 4, 3))]
)
def test_other_images_are_refused(whole, images):
    with pytest.raises(
        InputError, match=r"^images: expected (floats in .0, 1.|shape \[batch, 5, 4, 1\]), found"
    ):
        NumpyNetwork.load(whole)(images)


# Damaged and hostile files.


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "n.npz"
    export(Network(parse(TEXT), SHAPE), "npz", path)
    return path


def refusal(path):
    with pytest.raises(InputError) as caught:
        NumpyNetwork.load(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 500
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def changed(whole, path, **arrays):
    """A copy of the file with other arrays; None takes one out."""
    with np.load(whole) as stored:
        merged = {**stored, **arrays}
    np.savez(path, **{name: value for name, value in merged.items() if value is not None})
    return path


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"architecture": None}, "expected architecture in the file, found none"),
        ({"architecture": np.zeros(3)}, "expected architecture in the file, found none"),
        ({"architecture": np.array("exit()")}, "architecture: expected one of conv, "),
        ({"architecture": np.array(["a", "\n"])}, "architecture: "),
        ({"architecture": np.array("conv(9,99)")}, "architecture: layer conv1 (conv(9,99)): its"),
        ({"input_shape": np.array([5.0, 4.0, 1.0])}, "expected input_shape in the file, found"),
        ({"input_shape": np.array([5, 4])}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": np.array([-5, 4, 1])}, "input_shape: expected [height, width, channels]"),
        ({"input_shape": np.array([2**62, 4, 1])}, "input_shape: expected [height, width, chan"),
        ({"input_shape": np.array([99_999, 99_999, 9])}, "'input/mean': expected floats of"),
        ({"conv1/bias": None}, "expected a tensor conv1/bias, found none"),
        ({"conv1/bias": np.zeros(3, np.float32)}, "'conv1/bias': expected floats of 16, 32 or 64"),
        ({"conv1/bias": np.zeros(2, np.int32)}, "'conv1/bias': expected floats of 16, 32 or 64"),
        ({"conv1/bias": np.array([1, np.nan])}, "'conv1/bias': expected finite numbers, found"),
        ({"conv1/bias": np.array([1, 1e300])}, "'conv1/bias': expected finite numbers, found"),
        ({"conv1/bias": np.array([1, {}], object)}, "expected an npz file, found 'conv1/bias'"),
    ],
)
def test_wrong_content_is_named(whole, tmp_path, arrays, said):
    assert refusal(changed(whole, tmp_path / "n.npz", **arrays)).startswith(said)


def test_packed_files_and_other_orders_are_read(whole, tmp_path):
    with np.load(whole) as stored:
        arrays = {name: np.array(value, order="F") for name, value in stored.items()}
    np.savez_compressed(tmp_path / "n.npz", **arrays)
    images = np.random.default_rng(0).uniform(size=(3, *SHAPE)).astype(np.float32)
    logits = [NumpyNetwork.load(path)(images) for path in (whole, tmp_path / "n.npz")]
    np.testing.assert_array_equal(*logits)


def npy(header, data=b"", version=1):
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2, "little") + text + data


FLOATS = "{'descr': '<f4', 'fortran_order': False, 'shape': %s}"
MEMBERS = {
    "no header": b"PK",
    "a pickle": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"cos\nsystem\n"),
    "too many values": npy(FLOATS % "(1099511627776,)", b"\0" * 4),
    "negative sizes": npy(FLOATS % "(-1, -1)", b"\0" * 4),
    "endless sizes": npy(FLOATS % ("(" + "9" * 60 + ",)")),
    "nested": npy("(" * 110),
    "code": npy("__import__('os').system('true')"),
    "another version": npy(FLOATS % "(1,)", b"\0" * 4, version=9),
}


@pytest.mark.parametrize("data", MEMBERS.values(), ids=MEMBERS)
def test_hostile_members_are_refused(tmp_path, little_memory, data):
    with zipfile.ZipFile(tmp_path / "n.npz", "w") as archive:
        archive.writestr("conv1/bias.npy", data)
    with little_memory():
        assert refusal(tmp_path / "n.npz").startswith("expected an npz file, found ")


def test_a_bomb_is_not_unpacked(tmp_path, little_memory):
    with (
        zipfile.ZipFile(tmp_path / "n.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.npy", "w") as member,
    ):
        for _ in range(2**6 + 1):
            member.write(bytes(2**24))
    with little_memory():
        said = refusal(tmp_path / "n.npz")
    assert said == "expected an npz file, found more than 1073741824 bytes when unpacked"


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\x93NUMPY"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "n.npz").write_bytes(content)
    assert refusal(tmp_path / "n.npz").startswith("expected an npz file, found ")
    assert refusal(tmp_path / "none.npz") == "expected an npz file, found no such file"
    assert refusal(tmp_path).startswith("expected an npz file, found ")


def test_nothing_is_left_of_other_ways_to_pack(tmp_path):
    with zipfile.ZipFile(tmp_path / "n.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", b"x")
    assert refusal(tmp_path / "n.npz") == "expected an npz file, found the compression method 14"


@pytest.mark.fuzz
@given(st.data())
def test_wrong_bytes_are_read_as_written_or_refused(whole, data):
    content = bytearray(whole.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = whole.with_name("changed.npz")
    path.write_bytes(content)
    try:
        tensors = NumpyNetwork.load(path).tensors
    except InputError as error:
        assert len(str(error).splitlines()) == 1
        assert str(error).startswith(f"{path}: ")
        return
    with np.load(io.BytesIO(whole.read_bytes())) as written:
        assert all(np.array_equal(tensors[name], written[name]) for name in tensors)

"""A file of somebody who means harm is refused before it costs time or memory."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.model import weights_file
from tfcnn.model.network import Network


@pytest.fixture
def valid(parts):
    """Header and data as a program writes them that leaves the checksum out."""

    def write(network, path):
        network.save(path)
        header, data = parts(path)
        del header["__metadata__"]["sha256"]
        return header, data

    return write


def test_a_file_without_checksum_is_read(network, tmp_path, write_raw, valid):
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
            {
                "architecture": "conv(1000000,1000,pad=same,act=selu) batchnorm max(2) flatten "
                "dense(2,act=linear)"
            },
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
def test_wrong_metadata_are_named(network, tmp_path, metadata, said, refusal, write_raw, valid):
    path = tmp_path / "w.safetensors"
    header, data = valid(network, path)
    merged = {**header["__metadata__"], **metadata}
    header["__metadata__"] = {key: text for key, text in merged.items() if text is not None}
    write_raw(path, header, data)
    assert said in refusal(path)


def test_a_network_of_terabytes_is_refused_before_it_is_made(tmp_path, refusal, write_raw):
    path = tmp_path / "w.safetensors"
    text = "conv(1000000,1000) flatten dense(1000000)"
    write_raw(path, {"__metadata__": {"architecture": text, "input_shape": "[1000, 1000, 3]"}})
    assert refusal(path) == "conv1/bias: expected float32 (1000000,), found no such tensor"


@pytest.mark.parametrize("header", [{}, {"__metadata__": None}, {"__metadata__": {}}])
def test_a_file_without_metadata_is_refused(tmp_path, header, refusal, write_raw):
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
def test_wrong_tensors_are_named(network, tmp_path, change, said, refusal):
    path = tmp_path / "w.safetensors"
    tensors = network.tensors()
    change(tensors)
    weights_file.write(path, tensors, str(network.architecture), network.input_shape)
    assert refusal(path) == said


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "F16", "BOOL", "F\n32", "", "F4"])
def test_types_that_numpy_lacks_are_refused(tmp_path, dtype, refusal, write_raw):
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
def test_declared_sizes_are_never_believed(tmp_path, shape, end, refusal, write_raw):
    header = {
        "__metadata__": {"architecture": "flatten", "input_shape": "[1, 1, 1]"},
        "input/mean": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]},
    }
    write_raw(tmp_path / "w.safetensors", header)
    assert "expected" in refusal(tmp_path / "w.safetensors")

"""What is written is read, to the bit, and stands on the disk whole or not at all."""

from __future__ import annotations

import hashlib
import stat

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from tfcnn.model import weights_file
from tfcnn.model.network import Network


def test_any_safetensors_reader_finds_tensors_and_metadata(network, tmp_path):
    network.save(tmp_path / "w.safetensors")
    tensors = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert set(tensors) == {*network.weights, *network.state}
    np.testing.assert_array_equal(tensors["conv1/kernel"], network.weights["conv1/kernel"])
    with safetensors.safe_open(tmp_path / "w.safetensors", framework="numpy") as file:
        metadata = file.metadata()
    expected = hashlib.sha256(f"{network.architecture}\n[7, 6, 2]\n".encode())
    for path, tensor in sorted(tensors.items()):
        shape = ", ".join(map(str, tensor.shape)) + ("," if tensor.ndim == 1 else "")
        expected.update(f"{path} ({shape})\n".encode() + tensor.tobytes())
    assert metadata == {
        "architecture": str(network.architecture),
        "input_shape": "[7, 6, 2]",
        "sha256": expected.hexdigest(),
    }


def test_equal_networks_give_equal_bytes(network, tmp_path):
    written = set()
    for i in range(8):  # Eight times, for an order left to chance would agree by luck now and then.
        network.save(tmp_path / f"{i}.safetensors")
        written.add((tmp_path / f"{i}.safetensors").read_bytes())
    assert len(written) == 1


def test_the_largest_and_the_smallest_numbers_survive(network, tmp_path):
    extremes = np.array([np.finfo(np.float32).max, -np.finfo(np.float32).tiny], np.float32)
    network.weights["dense1/bias"].assign(extremes)
    network.save(tmp_path / "w.safetensors")
    bias = Network.load(tmp_path / "w.safetensors").weights["dense1/bias"].numpy()
    assert bias.tobytes() == extremes.tobytes()


def test_an_array_that_is_a_view_is_written_in_its_own_order(tmp_path):
    path = tmp_path / "w.safetensors"
    view = np.arange(6, dtype=np.float32).reshape(2, 3).T
    tensors = {"dense1/kernel": view, "dense1/bias": np.zeros(2, np.float32)}
    tensors |= dict.fromkeys(("input/mean", "input/deviation"), np.ones(1, np.float32))
    weights_file.write(path, tensors, "flatten dense(2,act=linear)", (1, 3, 1))
    stored = weights_file.read(path)
    np.testing.assert_array_equal(stored.tensors["dense1/kernel"], view)
    assert str(stored.architecture) == "flatten dense(2,act=linear)"
    assert stored.input_shape == (1, 3, 1)


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

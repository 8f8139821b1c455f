"""Every format, read back by its own runtime, gives the network's logits."""

from __future__ import annotations

import os
import pathlib
import sys
import types

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.exchange import RUNTIMES
from tfcnn.errors import InputError
from tfcnn.exchange import FORMATS, export
from tfcnn.exchange.formats import TF2ONNX, _import_tf2onnx
from tfcnn.model import Network


@pytest.fixture(name="exported", scope="module")
def _exported(networks, tmp_path_factory):
    """Gives the path of a network in a format; writes it at the first call."""
    folder, written = tmp_path_factory.mktemp("exported"), {}

    def path_of(name, form):
        if (name, form) not in written:
            written[name, form] = folder / f"{name}.{form}"
            export(networks[name][0], form, written[name, form])
        return written[name, form]

    return path_of


def test_each_format_has_a_runtime():
    assert set(RUNTIMES) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_its_own_runtime_gives_the_same_logits_of_a_trained_network(exported, networks, form):
    network, images = networks["default"]
    expected = network(images).numpy()
    assert np.ptp(expected) > 1
    path = exported("default", form)
    for some in (images, images[:1], images[3:10]):  # Any batch size.
        logits = RUNTIMES[form](path, some)
        assert logits.dtype == np.float32
        # Some ten roundings of float32 of the largest logit, which sums of either order make.
        atol = 1e-6 * np.abs(expected).max()
        np.testing.assert_allclose(logits, network(some), rtol=0, atol=atol)


def test_a_saved_model_needs_no_code_of_ours(exported, networks):
    """It has the signature for servers too, and variables by their paths."""
    network, images = networks["default"]
    loaded = tf.saved_model.load(str(exported("default", "saved_model")))
    assert set(loaded.signatures) == {"serving", "serving_default"}
    serving = loaded.signatures["serving"]
    [specification] = serving.structured_input_signature[1].values()
    assert specification == tf.TensorSpec([None, 28, 28, 1], tf.float32, "images")
    logits = loaded.signatures["serving_default"](images=tf.constant(images))["logits"]
    np.testing.assert_array_equal(logits, serving(images=tf.constant(images))["logits"])
    kernels = {variable.name: variable for variable in serving.variables}
    np.testing.assert_array_equal(
        kernels["conv1/kernel:0"], network.weights["conv1/kernel"].numpy()
    )


def test_an_onnx_file_is_valid_and_names_its_ends(exported):
    import onnx

    model = onnx.load(exported("colour", "onnx"))
    onnx.checker.check_model(model, full_check=True)
    for value, name, sizes in (
        (model.graph.input[0], "images", ["batch", 25, 28, 3]),
        (model.graph.output[0], "logits", ["batch", 10]),
    ):
        assert value.name == name
        dimensions = value.type.tensor_type.shape.dim
        assert [dim.dim_param or dim.dim_value for dim in dimensions] == sizes


@pytest.mark.parametrize("level", [None, "1"])
def test_onnx_leaves_the_environment_alone(monkeypatch, level):
    """Its converter sets the level while it is imported, for all processes started later, too."""
    import tf2onnx

    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "before")  # So that it is put back at the end.
    monkeypatch.delitem(vars(tf2onnx), "convert", raising=False)
    monkeypatch.delitem(sys.modules, "tf2onnx.convert", raising=False)
    os.environ.pop("TF_CPP_MIN_LOG_LEVEL")
    if level is not None:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = level
    _import_tf2onnx()
    assert "tf2onnx.convert" in sys.modules
    assert os.environ.get("TF_CPP_MIN_LOG_LEVEL") == level


def test_safetensors_gives_back_every_bit(exported, networks):
    loaded = Network.load(exported("colour", "safetensors"))
    for path, tensor in networks["colour"][0].tensors().items():
        np.testing.assert_array_equal(loaded.tensors()[path], tensor)


def test_npz_is_read_by_numpy_alone(exported, networks):
    network, _ = networks["colour"]
    with np.load(exported("colour", "npz"), allow_pickle=False) as arrays:
        assert str(arrays["architecture"]) == str(network.architecture)
        assert arrays["input_shape"].tolist() == [25, 28, 3]
        for path, tensor in network.tensors().items():
            np.testing.assert_array_equal(arrays[path], tensor)


def test_the_extra_and_the_message_ask_for_the_same_package():
    root = pathlib.Path(__file__).parents[2]
    for name in ("pyproject.toml", "requirements-dev.txt"):
        assert TF2ONNX in (root / name).read_text(encoding="utf-8")


# What is refused.


def refusal(network, form, path):
    with pytest.raises(InputError) as caught:
        export(network, form, path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_an_unknown_format_is_refused(default_network, tmp_path):
    said = refusal(default_network, "pickle", tmp_path / "a")
    assert said.startswith("format: expected one of saved_model, onnx, npz, safetensors, tflite, f")


def test_a_missing_package_is_named(default_network, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    said = refusal(default_network, "onnx", tmp_path / "a.onnx")
    assert said.startswith("format: expected the package tf2onnx for onnx, found import of tf2onnx")
    assert said.endswith(f": pip install '{TF2ONNX}'")
    assert list(tmp_path.iterdir()) == []


def test_what_a_broken_package_lacks_is_named(default_network, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", types.ModuleType("tf2onnx"))
    monkeypatch.delitem(sys.modules, "tf2onnx.convert", raising=False)
    said = refusal(default_network, "onnx", tmp_path / "a.onnx")
    assert "for onnx, found cannot import name 'convert' from 'tf2onnx'" in said


@pytest.mark.parametrize("form", FORMATS)
def test_a_place_that_cannot_be_written_is_refused(default_network, form):
    said = refusal(default_network, form, "/dev/null/a")
    assert said.startswith("path: expected a place to write to, found '/dev/null/a': ")


def test_a_saved_model_replaces_nothing(default_network, tmp_path):
    (tmp_path / "mine").write_text("dear")
    said = refusal(default_network, "saved_model", tmp_path)
    assert said == f"path: expected a place to write to, found '{tmp_path}': File exists"
    assert (tmp_path / "mine").read_text() == "dear"


def test_a_failed_export_leaves_the_old_file(default_network, tmp_path, monkeypatch):
    (tmp_path / "a.npz").write_text("old")
    monkeypatch.setattr(np, "savez", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    assert "full" in refusal(default_network, "npz", tmp_path / "a.npz")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]

"""The same weights from every kind of file give the logits of the network that they come from."""

from __future__ import annotations

import io
import pickle
import sys
import types

import keras
import numpy as np
import pytest
import safetensors.numpy

from tfcnn.errors import InputError
from tfcnn.exchange import import_weights
from tfcnn.model import parse

SHAPE = (28, 28, 1)
# Two convolutions of one shape, one without a bias; a normalisation before and after the flatten.
TEXT = (
    "conv(6,3) batchnorm max(2) conv(6,3,act=linear) batchnorm(act=relu) conv(6,3) "
    "depthwise(2,stride=2) flatten batchnorm dense(20) dense(20) dense(10,act=linear)"
)
NORMALISATIONS = {1: (26, 26, 6), 4: (11, 11, 6), 8: (96,)}


@pytest.fixture(name="images", scope="module")
def _images(digits):
    return digits.test.images[:40] / np.float32(255)


@pytest.fixture(name="model", scope="module")
def _model():
    layers = keras.layers
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Conv2D(6, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(6, 3, activation="relu", name="chosen_by_the_user"),
            layers.DepthwiseConv2D(2, strides=2, activation="relu"),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(20, activation="relu"),
            layers.Dense(20, activation="relu"),
            layers.Dense(10),
        ]
    )
    generator = np.random.default_rng(6)
    for variable in model.variables:
        if variable.ndim == 1:
            low, high = (0.5, 2) if "variance" in variable.path else (-0.5, 0.5)
            variable.assign(generator.uniform(low, high, variable.shape))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def state_dict(model):
    """What PyTorch would hold, by the axes that its documentation says."""
    state, number = {}, 0
    for layer in model.layers:
        weights = [np.asarray(weight) for weight in layer.get_weights()]
        if not weights:
            number += 1
            continue
        if isinstance(layer, keras.layers.BatchNormalization):
            parts = "weight", "bias", "running_mean", "running_var"
            if len(weights[0]) == 96:  # Maps of 4x4 pixels and 6 channels, flattened.
                weights = [w.reshape(4, 4, 6).transpose(2, 0, 1).ravel() for w in weights]
            state[f"{number}.num_batches_tracked"] = np.array(9)
        elif isinstance(layer, keras.layers.Dense):
            parts = "weight", "bias"
            if len(weights[0]) == 96:
                weights[0] = weights[0].reshape(4, 4, 6, 20).transpose(2, 0, 1, 3).reshape(96, 20)
            weights[0] = weights[0].T
        elif isinstance(layer, keras.layers.DepthwiseConv2D):
            parts, weights[0] = ("weight", "bias"), weights[0].transpose(2, 3, 0, 1)
        else:
            parts, weights[0] = ("weight", "bias"), weights[0].transpose(3, 2, 0, 1)
        for part, weight in zip(parts, weights, strict=False):
            state[f"{number}.{part}"] = np.ascontiguousarray(weight)
        number += 1
    return state


class StandInTensor:
    """What is asked of a tensor of PyTorch's."""

    def __init__(self, values):
        self._values, self.shape, self.dtype = values, values.shape, f"torch.{values.dtype}"

    def detach(self):
        return self

    def float(self):
        return StandInTensor(self._values.astype(np.float32))

    def numpy(self):
        return self._values


class StandIn(types.ModuleType):
    """A torch whose files are NumPy's archives; ``around`` makes a checkpoint of a state dict."""

    __version__ = "2.13.0+cpu"
    Tensor = StandInTensor

    def __init__(self, around=lambda state: state):
        super().__init__("torch")
        self.around, self.asked = around, []

    def load(self, file, **options):
        self.asked.append(options)
        with np.load(io.BytesIO(file.read())) as arrays:
            return self.around({name: StandInTensor(array) for name, array in arrays.items()})


@pytest.fixture(name="torch")
def _torch(monkeypatch):
    """Puts a stand-in for PyTorch in its place."""

    def put(*arguments):
        stand_in = StandIn(*arguments)
        monkeypatch.setitem(sys.modules, "torch", stand_in)
        return stand_in

    return put


def save_pth(path, state):
    with path.open("wb") as file:
        np.savez(file, **state)


def agrees(path, model, images, layout, text=TEXT):
    imported = import_weights(path, parse(text), SHAPE)
    assert imported.layout == layout
    assert imported.zeros == ("conv2/bias",)
    expected = model(images).numpy()
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(imported.network(images), expected, rtol=0, atol=1e-5)
    return imported


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5", ".keras"])
def test_a_file_of_keras(model, images, tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    (model.save_weights if suffix == ".weights.h5" else model.save)(path)
    imported = agrees(path, model, images, "tensorflow")
    assert set(imported.found) == set(imported.names)
    assert imported.unused == tuple(n for n in imported.unused if "seed_generator" in n)


@pytest.mark.parametrize("suffix", [".pth", ".pt"])
def test_a_state_dict(model, images, tmp_path, torch, suffix):
    stand_in = torch()
    save_pth(tmp_path / f"net{suffix}", state_dict(model))
    imported = agrees(tmp_path / f"net{suffix}", model, images, "pytorch")
    assert stand_in.asked == [{"weights_only": True, "map_location": "cpu"}]
    assert imported.names["conv1/kernel"] == "0.weight"
    assert [name.endswith("num_batches_tracked") for name in imported.unused] == [True] * 3


def test_a_state_dict_by_pytorch_itself(model, images, tmp_path):
    """Wherever PyTorch happens to be installed."""
    torch = pytest.importorskip("torch")
    state = {name: torch.tensor(values) for name, values in state_dict(model).items()}
    torch.save(state, tmp_path / "net.pth")
    agrees(tmp_path / "net.pth", model, images, "pytorch")
    torch.save({"epoch": 3, "model_state_dict": state, "loss": 0.5}, tmp_path / "checkpoint.pt")
    agrees(tmp_path / "checkpoint.pt", model, images, "pytorch")
    halves = {name: t.bfloat16() if t.is_floating_point() else t for name, t in state.items()}
    torch.save(halves, tmp_path / "half.pth")
    half = import_weights(tmp_path / "half.pth", parse(TEXT), SHAPE).network.tensors()
    kernel = halves["0.weight"].float().numpy().transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(half["conv1/kernel"], kernel)
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pth")
    with pytest.raises(InputError, match="expected a state dict, found objects that only code"):
        import_weights(tmp_path / "whole.pth", parse(TEXT), SHAPE)


@pytest.mark.parametrize("layout", ["pytorch", "tensorflow"])
def test_a_safetensors_file(model, images, tmp_path, layout):
    if layout == "pytorch":
        tensors = state_dict(model)
    else:
        tensors = {variable.path: variable.numpy() for variable in model.variables}
        tensors = {name: t for name, t in tensors.items() if "seed_generator" not in name}
        # Of one shape, and its name tells no order; so the last of three by number.
        tensors = {name.replace("chosen_by_the_user", "conv2d_9"): t for name, t in tensors.items()}
    safetensors.numpy.save_file(tensors, tmp_path / "net.safetensors")
    agrees(tmp_path / "net.safetensors", model, images, layout)


def test_an_npz_of_a_list_of_weights(model, images, tmp_path):
    weights = [w for layer in model.layers for w in layer.get_weights() if w.dtype == np.float32]
    np.savez(tmp_path / "net.npz", *weights)
    agrees(tmp_path / "net.npz", model, images, "tensorflow")


def test_an_npz_of_a_state_dict(model, images, tmp_path):
    np.savez(tmp_path / "net.npz", **state_dict(model))
    agrees(tmp_path / "net.npz", model, images, "pytorch")


def test_an_h5_as_keras_2_wrote_it(model, images, tmp_path):
    """Names such as ``conv2d/kernel:0`` as bytes, and no group ``model_weights``."""
    import h5py

    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            weights = [v for v in layer.variables if v.dtype == "float32"]
            names = [f"{layer.name}/{variable.name}:0" for variable in weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, variable in zip(names, weights, strict=True):
                group[name] = variable.numpy()
    imported = agrees(tmp_path / "net.h5", model, images, "tensorflow")
    assert imported.names["dense1/kernel"].endswith("/kernel:0")


# What a file of PyTorch may hold beside, or instead.

SMALL = parse("flatten dense(2,act=linear)")
STATE = {"1.weight": np.ones((2, 4), np.float32), "1.bias": np.zeros(2, np.float32)}


@pytest.mark.parametrize("name", ["state_dict", "model_state_dict", "model"])
def test_a_state_dict_inside_a_checkpoint(tmp_path, torch, name):
    beside = {"epoch": 4, "optimizer": {"state": {0: StandInTensor(np.ones(3))}}}
    torch(lambda state: {**beside, name: {**state, "note": "a text"}})
    save_pth(tmp_path / "net.pth", STATE)
    imported = import_weights(tmp_path / "net.pth", SMALL, (2, 2, 1))
    assert dict(imported.names) == {"dense1/kernel": "1.weight", "dense1/bias": "1.bias"}


def refusal(path, architecture=SMALL, input_shape=(2, 2, 1)):
    with pytest.raises(InputError) as caught:
        import_weights(path, architecture, input_shape)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(f"weights: {path}: expected ")
    return str(caught.value).removeprefix(f"weights: {path}: ")


@pytest.mark.parametrize("loaded", [{}, {"a": 1}, [1], {1: StandInTensor(np.ones(3))}, None])
def test_what_holds_no_tensors_by_name_is_refused(tmp_path, torch, loaded):
    torch(lambda state: loaded)
    save_pth(tmp_path / "net.pth", STATE)
    assert refusal(tmp_path / "net.pth") == "expected a state dict, found no tensors by name"


def test_without_pytorch_the_way_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    save_pth(tmp_path / "net.pth", STATE)
    said = refusal(tmp_path / "net.pth")
    assert said.startswith("expected the package torch, found ")
    assert "pip install torch" in said
    assert said.endswith("safetensors.torch.save_file(model.state_dict(), 'net.safetensors')")


def test_a_pytorch_that_may_run_code_is_refused(tmp_path, torch):
    stand_in = torch()
    stand_in.__version__ = "2.9.1"
    save_pth(tmp_path / "net.pth", STATE)
    assert refusal(tmp_path / "net.pth").startswith("expected torch 2.10 or newer")
    assert stand_in.asked == []


def test_a_pickled_model_is_refused(tmp_path, torch):
    def raise_it(state):
        raise pickle.UnpicklingError("Weights only load failed. Unsupported global: models.Net")

    torch(raise_it)
    save_pth(tmp_path / "net.pth", STATE)
    assert refusal(tmp_path / "net.pth") == (
        "expected a state dict, found objects that only code can read: where you trust the file, "
        "save torch.save(model.state_dict(), 'net.pth')"
    )


def test_packed_archives_do_not_reach_pytorch(tmp_path, torch):
    stand_in = torch()
    np.savez_compressed(tmp_path / "net.npz", **STATE)
    (tmp_path / "net.npz").rename(tmp_path / "net.pth")
    said = "expected a file of PyTorch, found ValueError: a packed archive"
    assert refusal(tmp_path / "net.pth") == said
    assert stand_in.asked == []

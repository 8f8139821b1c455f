"""Weights that Keras and PyTorch would have trained give the logits that those would give."""

from __future__ import annotations

import functools
import zipfile

import keras
import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
from scipy import signal

from tfcnn.errors import InputError
from tfcnn.exchange import export, import_weights
from tfcnn.model import ZOO, Network, parse
from tfcnn.training import TrainConfig, train

SHAPE = (28, 28, 1)
LAYERS = ("conv1", "conv2", "conv3", "dense1", "dense2")
SIZES = {"conv1": (32, 1), "conv2": (64, 32), "conv3": (64, 64), "dense1": (100, 576)}
SIZES["dense2"] = (10, 100)


@pytest.fixture(name="images", scope="module")
def _images(digits):
    return digits.test.images[:40] / np.float32(255)


def random_tensors():
    """The tensors of a network with random weights and biases."""
    network = Network(ZOO["simple"], SHAPE, seed=1)
    generator = np.random.default_rng(0)
    for name, variable in network.weights.items():
        if name.endswith("/bias"):
            variable.assign(generator.normal(size=variable.shape))
    return {name: variable.numpy() for name, variable in network.weights.items()}


# Keras.


@pytest.fixture(name="keras_model", scope="module")
def _keras_model():
    keras.utils.set_random_seed(3)
    layers = keras.layers
    random = {"kernel_initializer": "he_normal", "bias_initializer": "random_normal"}
    model = keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(32, 3, activation="relu", **random),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu", **random),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu", **random),
            layers.Flatten(),
            layers.Dense(100, activation="relu", **random),
            layers.Dense(10, **random),
        ]
    )
    return model


KERAS_MAP = {
    f"arr_{2 * i + j}": f"{layer}/{part}"
    for i, layer in enumerate(LAYERS)
    for j, part in enumerate(("kernel", "bias"))
}


def test_a_keras_checkpoint_gives_keras_s_logits(keras_model, images, tmp_path):
    np.savez(tmp_path / "keras.npz", *keras_model.get_weights())
    imported = import_weights(tmp_path / "keras.npz", ZOO["simple"], SHAPE, KERAS_MAP)
    assert imported.unused == ()
    expected = keras_model(images).numpy()
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(imported.network(images), expected, rtol=0, atol=1e-5)


def test_what_it_had_taken_off_and_divided_by_is_set(keras_model, images, tmp_path):
    named = dict(zip(KERAS_MAP.values(), keras_model.get_weights(), strict=True))
    safetensors.numpy.save_file(named, tmp_path / "keras.safetensors")
    imported = import_weights(
        tmp_path / "keras.safetensors", ZOO["simple"], SHAPE, mean=[0.1307], deviation=[0.3081]
    )
    expected = keras_model((images - 0.1307) / 0.3081).numpy()
    np.testing.assert_allclose(imported.network(images), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("told", [{}, {"mean": [0.1307], "deviation": [0.3081]}])
def test_a_training_leaves_what_the_weights_go_with(keras_model, digits, images, tmp_path, told):
    np.savez(tmp_path / "keras.npz", *keras_model.get_weights())
    network = import_weights(tmp_path / "keras.npz", ZOO["simple"], SHAPE, **told).network
    before = network(images).numpy()
    config = TrainConfig(
        epochs=1, batch_size=200, learning_rate=1e-9, schedule="constant", warmup=0, l2=0
    )
    train(network, digits, config, progress=False)
    assert network.state["input/mean"].numpy() == np.float32(told.get("mean", [0]))
    np.testing.assert_allclose(network(images), before, rtol=0, atol=1e-5)


# PyTorch: the state_dict of Sequential(Conv2d, ReLU, MaxPool2d, ...), and what its layers are
# documented to do, in NumPy and SciPy with maps [channel, height, width].


@pytest.fixture(name="state_dict", scope="module")
def _state_dict():
    generator = np.random.default_rng(4)
    numbers = dict(zip(LAYERS, (0, 3, 6, 9, 11), strict=True))
    state = {}
    for layer, (outputs, inputs) in SIZES.items():
        window = (3, 3) if layer.startswith("conv") else ()
        spread = np.sqrt(2 / (inputs * np.prod(window)))
        weight = generator.normal(0, spread, (outputs, inputs, *window))
        state[f"{numbers[layer]}.weight"] = weight.astype(np.float32)
        state[f"{numbers[layer]}.bias"] = generator.normal(0, 0.3, outputs).astype(np.float32)
    return state


PYTORCH_MAP = {
    f"{number}.{theirs}": f"{layer}/{ours}"
    for layer, number in zip(LAYERS, (0, 3, 6, 9, 11), strict=True)
    for theirs, ours in (("weight", "kernel"), ("bias", "bias"))
}


def pytorch_logits(state, image):
    """The logits of one image [height, width, 1], float64."""

    def conv(maps, number):
        weight, bias = (state[f"{number}.{part}"].astype(np.float64) for part in ("weight", "bias"))
        filters = [
            sum(map(functools.partial(signal.correlate2d, mode="valid"), maps, windows))
            for windows in weight
        ]
        return np.maximum(np.array(filters) + bias[:, np.newaxis, np.newaxis], 0)

    def max_pool(maps):
        height, width = (size // 2 * 2 for size in maps.shape[1:])
        corners = [maps[:, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]
        return np.max(corners, axis=0)

    def linear(values, number):
        return state[f"{number}.weight"] @ values + state[f"{number}.bias"]

    maps = image.transpose(2, 0, 1).astype(np.float64)
    maps = conv(max_pool(conv(max_pool(conv(maps, 0)), 3)), 6)
    return linear(np.maximum(linear(maps.ravel(), 9), 0), 11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_pytorch_checkpoint_gives_pytorch_s_logits(state_dict, images, tmp_path, dtype):
    state = {name: tensor.astype(dtype) for name, tensor in state_dict.items()}
    safetensors.numpy.save_file(state, tmp_path / "torch.safetensors")
    imported = import_weights(
        tmp_path / "torch.safetensors", ZOO["simple"], SHAPE, PYTORCH_MAP, layout="pytorch"
    )
    expected = np.array([pytorch_logits(state_dict, image) for image in images[:12]])
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(imported.network(images[:12]), expected, rtol=0, atol=1e-5)


def test_the_answer_for_pytorch_is_pytorch_s(state_dict, images):
    """Wherever PyTorch happens to be installed."""
    torch = pytest.importorskip("torch")
    nn = torch.nn
    model = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(576, 100), nn.ReLU(), nn.Linear(100, 10)),
    )
    model.load_state_dict({name: torch.tensor(tensor) for name, tensor in state_dict.items()})
    with torch.no_grad():
        logits = model(torch.tensor(images[:2].transpose(0, 3, 1, 2))).numpy()
    expected = [pytorch_logits(state_dict, image) for image in images[:2]]
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)


def test_normalisation_after_a_flatten_is_put_in_order_too(tmp_path):
    """Two maps of 1x3: PyTorch flattens them as a0 a1 a2 b0 b1 b2."""
    architecture = parse("flatten batchnorm(epsilon=1e-05) dense(1,act=linear)")
    values = np.arange(6, dtype=np.float32)
    state = {
        "1.weight": values + 1,
        "1.bias": values / 2,
        "1.running_mean": values / 3,
        "1.running_var": values + 2,
        "1.num_batches_tracked": np.array(9),
        "2.weight": (values - 2)[np.newaxis],
        "2.bias": np.ones(1, np.float32),
    }
    safetensors.numpy.save_file(state, tmp_path / "w.safetensors")
    parts = {"weight": "scale", "bias": "offset", "running_mean": "moving_mean"}
    parts["running_var"] = "moving_variance"
    names = {f"1.{theirs}": f"batchnorm1/{ours}" for theirs, ours in parts.items()}
    names |= {"2.weight": "dense1/kernel", "2.bias": "dense1/bias"}
    imported = import_weights(
        tmp_path / "w.safetensors", architecture, (1, 3, 2), names, layout="pytorch"
    )
    assert imported.unused == ("1.num_batches_tracked",)
    image = np.random.default_rng(0).uniform(size=(1, 1, 3, 2)).astype(np.float32)
    flat = image[0].transpose(2, 0, 1).ravel()
    normal = (flat - state["1.running_mean"]) / np.sqrt(state["1.running_var"] + 1e-5)
    expected = state["2.weight"] @ (normal * state["1.weight"] + state["1.bias"]) + 1
    np.testing.assert_allclose(imported.network(image)[0], expected, rtol=1e-5)


def test_maps_of_one_pixel_have_the_same_order_in_both(tmp_path):
    architecture = parse("conv(3,(1,2),act=linear) average((1,4)) flatten")
    weight = np.arange(12, dtype=np.float32).reshape(3, 2, 1, 2)  # [out, in, height, width]
    state = {"0.weight": weight, "0.bias": np.array([5, 6, 7], np.float32)}
    safetensors.numpy.save_file(state, tmp_path / "w.safetensors")
    names = {"0.weight": "conv1/kernel", "0.bias": "conv1/bias"}
    network = import_weights(
        tmp_path / "w.safetensors", architecture, (1, 5, 2), names, layout="pytorch"
    ).network
    image = np.random.default_rng(0).uniform(size=(1, 5, 2)).astype(np.float32)
    expected = [
        np.mean([np.sum(window * image[:, x : x + 2].transpose(2, 0, 1)) for x in range(4)]) + bias
        for window, bias in zip(weight, state["0.bias"], strict=True)
    ]
    np.testing.assert_allclose(network(image[np.newaxis])[0], expected, rtol=1e-5)


def test_a_pytorch_depthwise_kernel_filters_channel_by_channel(tmp_path):
    """``Conv2d(2, 6, (2, 3), groups=2)``: output o is of channel o // 3."""
    generator = np.random.default_rng(0)
    weight = generator.normal(size=(6, 1, 2, 3)).astype(np.float32)
    bias = generator.normal(size=6).astype(np.float32)
    np.savez(tmp_path / "w.npz", weight=weight, bias=bias)
    names = {"weight": "depthwise1/kernel", "bias": "depthwise1/bias"}
    text = "depthwise((2,3),multiplier=3,act=linear)"
    imported = import_weights(tmp_path / "w.npz", parse(text), (5, 6, 2), names, layout="pytorch")
    image = generator.uniform(size=(5, 6, 2)).astype(np.float32)
    for output in range(6):
        expected = signal.correlate2d(image[..., output // 3], weight[output, 0], mode="valid")
        found = imported.network(image[np.newaxis])[0, ..., output]
        np.testing.assert_allclose(found, expected + bias[output], rtol=1e-4, atol=1e-5)


def test_maps_that_are_averaged_need_no_order(tmp_path):
    architecture = parse("conv(3,1,act=linear) globalaverage dense(2,act=linear)")
    weight = np.arange(6, dtype=np.float32).reshape(3, 2, 1, 1)
    state = {"0.weight": weight, "0.bias": np.array([5, 6, 7], np.float32)}
    state |= {"3.weight": np.eye(2, 3, dtype=np.float32), "3.bias": np.zeros(2, np.float32)}
    np.savez(tmp_path / "w.npz", **state)
    names = {"0.weight": "conv1/kernel", "0.bias": "conv1/bias"}
    names |= {"3.weight": "dense1/kernel", "3.bias": "dense1/bias"}
    imported = import_weights(tmp_path / "w.npz", architecture, (4, 3, 2), names, layout="pytorch")
    image = np.random.default_rng(0).uniform(size=(4, 3, 2)).astype(np.float32)
    averages = weight[..., 0, 0] @ image.mean(axis=(0, 1)) + state["0.bias"]
    np.testing.assert_allclose(imported.network(image[np.newaxis])[0], averages[:2], rtol=1e-5)


def test_a_name_that_the_map_gives_away_is_not_used_twice(tmp_path):
    architecture = parse("conv(1,1) conv(1,1) flatten")
    tensors = {f"conv{n}/kernel": np.full((1, 1, 1, 1), n, np.float32) for n in (1, 2)}
    tensors |= {f"conv{n}/bias": np.zeros(1, np.float32) for n in (1, 2)}
    np.savez(tmp_path / "w.npz", **tensors)

    def kernels(name_map):
        imported = import_weights(tmp_path / "w.npz", architecture, (1, 1, 1), name_map)
        return [imported.network.weights[f"conv{n}/kernel"].numpy().item() for n in (1, 2)]

    assert kernels({"conv2/kernel": "conv1/kernel", "conv1/kernel": "conv2/kernel"}) == [2, 1]
    with pytest.raises(InputError, match=r"^name_map: expected a name for conv2/kernel, since "):
        kernels({"conv2/kernel": "conv1/kernel"})


def test_our_own_npz_comes_back_bit_by_bit(colour_network, tmp_path):
    export(colour_network, "npz", tmp_path / "n.npz")
    imported = import_weights(
        tmp_path / "n.npz", colour_network.architecture, colour_network.input_shape
    )
    assert imported.unused == ("architecture", "input_shape")
    for path, tensor in colour_network.tensors().items():
        np.testing.assert_array_equal(imported.network.tensors()[path], tensor)


def test_layers_without_a_bias_have_zeros(images, tmp_path):
    """As a convolution before a normalisation has none in PyTorch and Keras."""
    kernels = {f"{layer}/kernel": 0.1 for layer in LAYERS}
    whole = random_tensors()
    kept = {name: value for name, value in whole.items() if name in kernels or "dense2" in name}
    np.savez(tmp_path / "without.npz", **kept)
    imported = import_weights(tmp_path / "without.npz", ZOO["simple"], SHAPE)
    assert imported.zeros == ("conv1/bias", "conv2/bias", "conv3/bias", "dense1/bias")
    zeros = {name: np.zeros_like(whole[name]) for name in imported.zeros}
    np.savez(tmp_path / "zeros.npz", **{**kept, **zeros})
    expected = import_weights(tmp_path / "zeros.npz", ZOO["simple"], SHAPE)
    assert expected.zeros == ()
    logits = imported.network(images).numpy()
    assert np.ptp(logits) > 1e-3
    np.testing.assert_array_equal(logits, expected.network(images).numpy())


def test_bfloat16_is_read_as_the_numbers_that_it_holds(tmp_path):
    exact = {"dense1/kernel": np.array([[1, -2], [0.5, 3], [0, 4], [-0.125, 7]], np.float32)}
    exact["dense1/bias"] = np.array([0.75, -96], np.float32)
    short = {name: value.astype(ml_dtypes.bfloat16) for name, value in exact.items()}
    safetensors.numpy.save_file(short, tmp_path / "short.safetensors")
    found = import_weights(tmp_path / "short.safetensors", SMALL, (2, 2, 1)).network.tensors()
    for name, value in exact.items():
        np.testing.assert_array_equal(found[name], value)


# What is refused.

SMALL = parse("flatten dense(2,act=linear)")
GOOD = {"dense1/kernel": np.ones((4, 2), np.float32), "dense1/bias": np.zeros(2, np.float32)}


def refusal(path, architecture=SMALL, name_map=None, **options):
    with pytest.raises(InputError) as caught:
        import_weights(path, architecture, (2, 2, 1), name_map, **options)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.fixture(name="good", params=["safetensors", "npz"])
def _good(request, tmp_path):
    path = tmp_path / f"w.{request.param}"
    save(path, GOOD)
    return path


def save(path, tensors):
    if path.suffix == ".npz":
        np.savez(path, **tensors)
    else:
        safetensors.numpy.save_file(tensors, path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layout": "nchw"}, "layout: expected one of auto, tensorflow, pytorch, found 'nchw'"),
        ({"mean": [1, 2]}, "mean: expected 1 number or 1, one a channel, found 2"),
        ({"deviation": []}, "deviation: expected 1 number or 1, one a channel, found 0"),
        ({"deviation": [0]}, "deviation: expected numbers above 0, found [0.0]"),
        ({"deviation": [float("nan")]}, "deviation: expected a finite number"),
        ({"deviation": [1e39]}, "deviation: expected finite numbers, found [inf]"),
        ({"mean": [1e39]}, "mean: expected finite numbers, found [inf]"),
        ({"mean": [float("nan")]}, "mean: expected a finite number"),
        ({"deviation": [1e-50]}, "deviation: expected numbers above 0, found [0.0]"),
        ({"name_map": {"dense1/bias": "conv1/bias"}}, "name_map: expected one of input/mean, in"),
        ({"name_map": {"b": "dense1/bias"}}, "name_map: expected 'dense1/"),
        ({"name_map": {"a": "dense1/bias", "b": "dense1/bias"}}, "name_map: expected one name f"),
        (
            {"name_map": {"dense1/bias": "dense1/bias", "dense1/kernel": "dense1/bias"}},
            "name_map: expected one name for dense1/bias, found two",
        ),
        (
            {"name_map": {"dense1/kernel": "dense1/bias", "dense1/bias": "dense1/bias"}},
            "name_map: expected one name for dense1/bias, found two",
        ),
        (
            {"name_map": {"dense1/bias": "input/mean"}},
            "name_map: expected a name for dense1/bias, since that of the file is given to "
            "input/mean, found none",
        ),
        (
            {"layout": "pytorch"},
            "layout: expected tensorflow, the only one that the shapes fit, fou",
        ),
        ({"architecture": parse("flatten"), "layout": "pytorch"}, "architecture: expected a dense"),
        ({"architecture": parse("conv(1,9)")}, "architecture: layer conv1 (conv(1,9)): its kernel"),
    ],
)
def test_wrong_arguments_are_named(good, options, said):
    assert refusal(good, **options).startswith(said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"dense1/kernel": None},
            "expected a tensor for dense1/kernel of shape (4, 2), found (nothing): another ",
        ),
        (
            {"dense1/bias": None, "b": np.zeros(2, np.float32)},
            "expected a tensor for dense1/bias of shape (2,), found 'b' (2,): another architecture",
        ),
        ({"dense1/bias": np.zeros(3, np.float32)}, "'dense1/bias': expected floats of 16, 32 or "),
        ({"dense1/bias": np.zeros(2, np.int64)}, "'dense1/bias': expected floats of 16, 32 or 64"),
        ({"dense1/bias": np.array([0, np.inf])}, "'dense1/bias': expected finite numbers, found"),
    ],
)
def test_wrong_tensors_are_named(tmp_path, good, changes, said):
    tensors = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    save(good, tensors)
    assert refusal(good).startswith(f"weights: {good}: {said}")


def test_other_files_are_refused(good, tmp_path):
    kinds = ".safetensors, .npz, .pth, .pt, .h5 or .keras"
    assert refusal(tmp_path / "w.bin").endswith(f"expected a file {kinds}, found '.bin'")
    assert "expected a" in refusal(tmp_path / f"none{good.suffix}")
    whole = good.read_bytes()
    for length in range(0, len(whole), 29):
        good.write_bytes(whole[:length])
        assert refusal(good).startswith(f"weights: {good}: expected a")
    with zipfile.ZipFile(good, "w") as archive:  # As torch.save writes it.
        archive.writestr("archive/data.pkl", b"\x80\2cos\nsystem\n")
    assert refusal(good).startswith(f"weights: {good}: expected a")

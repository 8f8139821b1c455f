from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model.architecture import parse
from tfcnn.model.forward import TrainingMode
from tfcnn.model.layers.fields import ACTIVATION_FUNCTIONS
from tfcnn.model.network import Network
from tfcnn.model.zoo import ZOO

# Every kind of layer, on colour images, with no side of equal length.
MIXED = (
    "conv(4,(3,2),act=elu) batchnorm(act=relu) max(2,stride=1) "
    "conv(5,3,stride=2,pad=same,act=tanh) average((2,1)) dropout(0.4) "
    "flatten dense(6,act=selu) dropout(0.4) dense(3,act=linear)"
)
MIXED_SHAPE = (9, 8, 3)


def images(count=4, shape=MIXED_SHAPE, seed=0):
    values = np.random.default_rng(seed).uniform(size=(count, *shape))
    return tf.constant(values, tf.float32)


def mixed(randomize, seed=0):
    network = Network(parse(MIXED), MIXED_SHAPE, seed)
    randomize(network, seed)
    return network


# Names and shapes.


def test_variables_are_named_by_their_paths():
    network = Network(parse("conv(4,3) batchnorm flatten dense(2)"), (5, 5, 3))
    assert {path: tuple(variable.shape) for path, variable in network.weights.items()} == {
        "conv1/kernel": (3, 3, 3, 4),
        "conv1/bias": (4,),
        "batchnorm1/scale": (4,),
        "batchnorm1/offset": (4,),
        "dense1/kernel": (36, 2),
        "dense1/bias": (2,),
    }
    assert {path: tuple(variable.shape) for path, variable in network.state.items()} == {
        "input/mean": (3,),
        "input/deviation": (3,),
        "batchnorm1/moving_mean": (4,),
        "batchnorm1/moving_variance": (4,),
    }
    for path, variable in {**network.weights, **network.state}.items():
        assert variable.name == f"{path}:0"
        assert variable.dtype == tf.float32
        assert variable.trainable == (path in network.weights)
    assert list(network.weights)[:2] == ["conv1/kernel", "conv1/bias"]
    assert {v.ref() for v in network.trainable_variables} == {
        v.ref() for v in network.weights.values()
    }


def test_nobody_replaces_a_variable_by_accident():
    network = Network(parse("flatten dense(2)"), (2, 2, 1))
    with pytest.raises(TypeError):
        network.weights["dense1/bias"] = tf.zeros([2])


def test_paths_of_activations():
    network = Network(parse("conv(2,3) batchnorm max(2) dropout(0.5) flatten dense(3)"), (6, 6, 1))
    values = network.activations(images(2, (6, 6, 1)))
    assert [(path, tuple(value.shape)) for path, value in values.items()] == [
        ("conv1/linear", (2, 4, 4, 2)),
        ("conv1", (2, 4, 4, 2)),
        ("batchnorm1/linear", (2, 4, 4, 2)),
        ("batchnorm1", (2, 4, 4, 2)),
        ("pool1", (2, 2, 2, 2)),
        ("dropout1", (2, 2, 2, 2)),
        ("flatten", (2, 8)),
        ("dense1/linear", (2, 3)),
        ("dense1", (2, 3)),
    ]


@pytest.mark.parametrize("activation", ACTIVATION_FUNCTIONS)
def test_an_activation_is_the_function_of_its_linear_output(activation, closed_forms):
    text = "conv(3,2,act=X) batchnorm(act=X) flatten dense(50,act=X)".replace("X", activation)
    network = Network(parse(text), (6, 6, 1))
    network.weights["conv1/kernel"].assign(3 * network.weights["conv1/kernel"])
    network.weights["batchnorm1/offset"].assign([-0.5, -0.5, -0.5])  # Else no value is negative.
    values = network.activations(images(8, (6, 6, 1)) - 0.5)
    for name in ("conv1", "batchnorm1", "dense1"):
        linear = values[f"{name}/linear"].numpy().astype(np.float64)
        assert linear.min() < 0 < linear.max()
        np.testing.assert_allclose(
            values[name], closed_forms[activation](linear), rtol=1e-5, atol=1e-6
        )


# Values.


@pytest.mark.parametrize("training", [False, True])
def test_agrees_with_a_naive_network(training, naive_network, float64_tensors, randomize):
    text = MIXED.replace("dropout(0.4) ", "") if training else MIXED
    network = Network(parse(text), MIXED_SHAPE)
    randomize(network, 1)
    mode = TrainingMode(seed=tf.constant([0, 0])) if training else None
    actual = network(images(), mode)
    tensors = float64_tensors(network)
    expected = naive_network(network.layers, images().numpy(), tensors, training)
    # float32 rounding through five layers of sums of up to 50 values.
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_logits_are_the_last_activation_before_no_function():
    network = Network(ZOO["simple"], (28, 28, 1))
    batch = images(3, (28, 28, 1))
    values = network.activations(batch)
    np.testing.assert_array_equal(network(batch), values["dense2"])
    np.testing.assert_array_equal(values["dense2"], values["dense2/linear"])
    assert network.classes == 10


def test_a_batch_equals_its_single_images(randomize):
    network = mixed(randomize)
    batch = images(5)
    together = network.activations(batch)
    for i in range(5):
        for path, value in network.activations(batch[i : i + 1]).items():
            np.testing.assert_allclose(value[0], together[path][i], rtol=1e-5, atol=1e-6)


def test_compiled_for_any_batch_it_gives_the_same(randomize):
    network = mixed(randomize)
    compiled = tf.function(
        network, input_signature=[tf.TensorSpec([None, *MIXED_SHAPE], tf.float32)]
    )
    for count in (1, 4):
        eager = network(images(count))
        np.testing.assert_allclose(compiled(images(count)), eager, rtol=1e-5, atol=1e-6)


# The two modes.


def logits(network, seed, step):
    return network(images(), TrainingMode(seed=tf.constant([seed, step]))).numpy()


def test_the_mode_seeds_the_dropout(randomize):
    network = mixed(randomize)
    np.testing.assert_array_equal(logits(network, 1, 2), logits(network, 1, 2))
    drawn = [logits(network, seed, step) for seed, step in ((1, 2), (1, 3), (2, 2))]
    for first, second in itertools.combinations([*drawn, network(images()).numpy()], 2):
        assert not np.allclose(first, second)


def test_the_two_dropouts_of_a_network_drop_different_places():
    network = Network(parse("dropout(0.5) flatten dropout(0.5)"), (100, 100, 1))
    ones = tf.ones([1, 100, 100, 1])
    values = network.activations(ones, TrainingMode(seed=tf.constant([0, 0])))
    # Equal masks would leave one half; independent ones leave a quarter.
    assert abs((values["dropout2"].numpy() != 0).mean() - 0.25) < 5 * np.sqrt(0.1875 / 10_000)


def test_a_training_pass_offers_the_moved_statistics_and_sets_nothing(randomize):
    network = mixed(randomize)
    before = {path: variable.numpy() for path, variable in network.state.items()}
    mode = TrainingMode(seed=tf.constant([0, 0]))
    values = network.activations(images(), mode)
    for path, variable in network.state.items():
        np.testing.assert_array_equal(variable, before[path])
    below = values["conv1"].numpy().astype(np.float64).reshape(-1, 4)
    assert set(mode.moved) == {"batchnorm1/moving_mean", "batchnorm1/moving_variance"}
    for part, batch in (("moving_mean", below.mean(0)), ("moving_variance", below.var(0))):
        path = f"batchnorm1/{part}"
        expected = 0.9 * before[path] + 0.1 * batch
        np.testing.assert_allclose(mode.moved[path], expected, rtol=1e-5, atol=1e-7)


# Normalisation of the input.


def test_normalize_to_takes_mean_and_deviation_by_channel():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 6, 3), np.uint8)
    pixels[..., 1] //= 4
    network = Network(parse("flatten"), (5, 6, 3))
    network.normalize_to(pixels)
    values = pixels / 255.0
    np.testing.assert_allclose(network.state["input/mean"], values.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(network.state["input/deviation"], values.std((0, 1, 2)), rtol=1e-6)
    normal = network(tf.constant(values, tf.float32)).numpy().reshape(-1, 3)
    np.testing.assert_allclose(normal.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(normal.std(0), 1, rtol=1e-5)


def test_normalize_to_counts_in_blocks_and_gives_the_same_bits():
    pixels = np.random.default_rng(0).integers(0, 200, (3000, 25, 40, 2), np.uint8)
    network = Network(parse("flatten"), (25, 40, 2))
    tracemalloc.start()
    network.normalize_to(pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * pixels[..., 0].size  # Counted at once, a pixel takes 8 bytes.
    levels = np.arange(256)
    for channel in range(2):
        counts = np.array([np.count_nonzero(pixels[..., channel] == level) for level in levels])
        mean = np.average(levels, weights=counts)
        deviation = np.sqrt(np.average((levels - mean) ** 2, weights=counts))
        assert network.state["input/mean"][channel].numpy() == np.float32(mean / 255)
        assert network.state["input/deviation"][channel].numpy() == np.float32(deviation / 255)


@pytest.mark.parametrize("level", range(256))
def test_a_constant_channel_keeps_its_scale(level):
    network = Network(parse("flatten"), (2, 3, 1))
    network.normalize_to(np.full((7, 2, 3, 1), level, np.uint8))
    assert network.state["input/deviation"].numpy() == [1.0]
    assert network.state["input/mean"].numpy() == [np.float32(level / 255)]


@pytest.mark.parametrize(
    ("pixels", "found"),
    [
        (np.full((3, 2, 3, 1), 1.5, np.float32), r"floats in \[0, 1\], found 1.5 to 1.5"),
        (np.zeros((3, 2, 3, 1), np.int64), r"uint8 or floats .*, found int64 \[3, 2, 3, 1\]"),
        (np.zeros((3, 2, 3), np.uint8), r"uint8 or floats .*, found uint8 \[3, 2, 3\]"),
        (np.zeros((3, 3, 2, 1), np.uint8), r"shape \[batch, 2, 3, 1\], found \[3, 3, 2, 1\]"),
        (np.zeros((0, 2, 3, 1), np.uint8), "at least one, found none"),
    ],
)
def test_normalize_to_refuses_other_arrays(pixels, found):
    network = Network(parse("flatten"), (2, 3, 1))
    with pytest.raises(InputError, match=rf"^images: expected {found}$"):
        network.normalize_to(pixels)


# What it refuses.


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (np.zeros((1, 2, 3, 1), np.int64), "expected floats .*found int64: divide by 255"),
        (np.zeros((1, 2, 3, 1), bool), "expected floats in .0, 1., found bool$"),
        (np.zeros((2, 3, 1), np.float32), r"expected shape \[batch, 2, 3, 1\], found \[2, 3, 1\]"),
        (np.zeros((1, 3, 2, 1), np.float32), r"expected shape .*found \[1, 3, 2, 1\]"),
        (np.zeros((1, 2, 3, 3), np.float32), r"expected shape .*found \[1, 2, 3, 3\]"),
    ],
)
def test_other_images_are_refused(batch, said):
    network = Network(parse("flatten"), (2, 3, 1))
    for call in (network, network.activations):
        with pytest.raises(InputError, match=f"^images: {said}"):
            call(batch)


def test_levels_are_refused_by_a_call_and_taken_by_activations():
    network = Network("conv(3,2) flatten dense(4)", [2, 3, 1])
    levels = np.array([0, 51, 102, 153, 204, 255], np.uint8).reshape(1, 2, 3, 1)
    with pytest.raises(InputError, match=r"^images: expected floats .*found uint8: divide by 255"):
        network(levels)
    fifths = (np.arange(6) / 5).reshape(1, 2, 3, 1)
    for path, value in network.activations(fifths.astype(np.float32)).items():
        np.testing.assert_array_equal(network.activations(levels)[path], value)


@pytest.mark.parametrize(("value", "told"), [(2.5, "2.5 to 2.5"), (np.nan, "nan to nan")])
def test_an_array_beyond_0_and_1_has_no_activations_but_a_tensor_has(value, told):
    network = Network(parse("flatten"), (2, 3, 1))
    images = np.full((1, 2, 3, 1), value, np.float32)
    with pytest.raises(InputError, match=rf"^images: expected floats in \[0, 1\], found {told}$"):
        network.activations(images)
    np.testing.assert_array_equal(
        network.activations(tf.constant(images))["flatten"],
        images[0, 0].ravel()[:1].repeat(6)[None],
    )


def test_a_network_of_a_text_or_a_name_is_that_of_the_architecture():
    text, shape = "conv(8,3) max(2) flatten dense(10,act=linear)", (28, 28, 1)
    expected = Network(parse(text), shape, seed=3).tensors()
    for given, of_shape, seed in ((text, list(shape), np.int64(3)), (text, np.array(shape), 3)):
        network = Network(given, of_shape, seed)
        assert network.input_shape == shape and type(network.seed) is int
        for path, tensor in network.tensors().items():
            np.testing.assert_array_equal(tensor, expected[path])
    assert Network("mlp", shape).architecture == ZOO["mlp"]


def test_floats_set_the_normalization_as_their_levels_do():
    levels = np.random.default_rng(0).integers(0, 256, (50, 2, 3, 2), np.uint8)
    levels[..., 1] = 7
    by_levels, by_floats = (Network("flatten", (2, 3, 2)) for _ in range(2))
    by_levels.normalize_to(levels)
    by_floats.normalize_to(levels / 255)
    for path, value in by_levels.state.items():
        np.testing.assert_allclose(by_floats.state[path], value, rtol=1e-5)


def test_floats_of_any_precision_are_taken():
    network = Network(parse("conv(4,2) flatten dense(3)"), (5, 6, 1))
    images = np.random.default_rng(0).random((2, 5, 6, 1))
    expected = network(images.astype(np.float32)).numpy()
    np.testing.assert_array_equal(network(images).numpy(), expected)


def test_a_network_that_ends_in_maps_has_no_classes():
    network = Network(parse("conv(4,3)"), (9, 9, 1))
    with pytest.raises(InputError, match=r"found conv1 with output \(7, 7, 4\)"):
        _ = network.classes


# Setting the variables.


def test_assign_sets_every_variable_to_what_tensors_gave(randomize):
    source, target = mixed(randomize, seed=1), mixed(randomize, seed=2)
    tensors = source.tensors()
    assert set(tensors) == {*source.weights, *source.state}
    target.assign(tensors)
    np.testing.assert_array_equal(target(images()), source(images()))


def test_tensors_are_copies_that_later_changes_leave_alone(randomize):
    network = mixed(randomize)
    before = network(images()).numpy()
    kept = network.tensors()
    for variable in (*network.weights.values(), *network.state.values()):
        variable.assign_add(tf.ones_like(variable))
    assert not np.allclose(network(images()), before)
    network.assign(kept)
    np.testing.assert_array_equal(network(images()), before)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("dense1/bias"), r"dense1/bias: expected float32 \(2,\), found no such"),
        (lambda t: t.update(x=np.zeros(2, np.float32)), "expected no tensor 'x', found one"),
        (
            lambda t: t.update({"dense1/bias": np.zeros(3, np.float32)}),
            r"dense1/bias: expected float32 \(2,\), found float32 \(3,\)",
        ),
        (
            lambda t: t.update({"dense1/bias": np.zeros(2)}),
            r"dense1/bias: expected float32 \(2,\), found float64 \(2,\)",
        ),
    ],
)
def test_assign_refuses_a_wrong_tensor_and_sets_nothing(change, said):
    network = Network(parse("flatten dense(2)"), (2, 2, 1))
    variables = {**network.weights, **network.state}
    before = {path: variable.numpy() for path, variable in variables.items()}
    tensors = {path: value + np.float32(1) for path, value in before.items()}
    change(tensors)
    with pytest.raises(InputError, match=f"^tensors: {said}"):
        network.assign(tensors)
    for path, variable in variables.items():
        np.testing.assert_array_equal(variable, before[path])


def test_logits_follow_from_any_layer(randomize):
    network = Network(
        parse(
            "conv(4,3) batchnorm(act=relu) max(2) conv(5,3) flatten dense(6) dense(3,act=linear)"
        ),
        (12, 12, 1),
    )
    randomize(network, 3)
    images = np.random.default_rng(0).uniform(size=(7, 12, 12, 1)).astype(np.float32)
    values, logits = network.activations(images), network(images)
    for placed in network.layers:
        found = network.logits_from(placed.name, values[placed.name])
        np.testing.assert_allclose(found, logits, rtol=1e-5, atol=1e-5)
        doubles = values[placed.name].numpy().astype(np.float64)
        converted = network.logits_from(placed.name, doubles)
        assert tf.is_tensor(converted) and converted.dtype == tf.float32
        np.testing.assert_array_equal(converted, found)
    with pytest.raises(InputError, match=r"^layer: expected one of conv1, .*found 'conv7'$"):
        network.logits_from("conv7", values["conv1"])
    assert network.hidden_layers == ("conv1", "batchnorm1", "conv2", "dense1")


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("conv(2,3) max(2) conv(2,3) max(2) flatten dense(10,act=linear)", "conv2"),
        ("flatten dense(4) dense(3) dense(10,act=linear)", "dense2"),
        ("flatten dense(10,act=linear)", "dense1"),
        ("conv(10,28,act=linear) flatten", "conv1"),
    ],
)
def test_layer_to_show_is_the_last_hidden_one_with_maps(text, layer):
    assert Network(parse(text), (28, 28, 1)).layer_to_show == layer

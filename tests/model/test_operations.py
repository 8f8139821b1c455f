from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.architecture import PlacedLayer, parse
from tfcnn.model.forward import TrainingMode, layer_values
from tfcnn.model.layers import AveragePool, Conv, Depthwise, GlobalAverage, MaxPool

SIZES = [(1, 1), (2, 2), (3, 3), (2, 3), (5, 1)]
STRIDES = [(1, 1), (2, 2), (3, 1), (1, 2), (4, 3)]
# Even and odd lengths: SAME pads them differently.
INPUT_SHAPES = [(7, 6, 1), (6, 9, 3)]


def linear_output(placed, inputs, tensors, mode=None):
    values = layer_values([placed], tensors, inputs, mode)
    return values.get(f"{placed.name}/linear", values[placed.name])


def run(layer, input_shape, weights, inputs, mode=None):
    placed = PlacedLayer("layer1", layer, input_shape, layer.output_shape(input_shape))
    tensors = {f"layer1/{part}": tf.constant(value, tf.float32) for part, value in weights.items()}
    return placed, linear_output(placed, tf.constant(inputs, tf.float32), tensors, mode).numpy()


def compare(layer, input_shape, naive_layer, seed=0):
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(2, *input_shape)).astype(np.float32)
    weights = {
        part: generator.normal(size=tensor.shape).astype(np.float32)
        for part, tensor in layer.weights(input_shape).items()
    }
    placed, actual = run(layer, input_shape, weights, inputs)
    tensors = {f"layer1/{part}": value.astype(np.float64) for part, value in weights.items()}
    expected = naive_layer(placed, inputs.astype(np.float64), tensors)
    assert actual.shape == expected.shape == (2, *placed.output_shape)
    # At most 27 products of size 1 a value, each rounded to 6e-8 of its size.
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("input_shape", INPUT_SHAPES)
def test_conv_agrees_with_a_naive_loop(input_shape, padding, naive_layer):
    for size, stride in itertools.product(SIZES, STRIDES):
        compare(Conv(2, size, stride, padding), input_shape, naive_layer)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("input_shape", INPUT_SHAPES)
def test_depthwise_agrees_with_a_naive_loop(input_shape, padding, naive_layer):
    for size, stride, multiplier in itertools.product(SIZES, (1, 2, 3), (1, 2)):
        compare(Depthwise(size, multiplier, stride, padding), input_shape, naive_layer)


def test_depthwise_filters_go_channel_by_channel():
    image = np.array([[[1, 10]]]).reshape(1, 1, 1, 2)
    kernel = np.array([[1, 2, 3], [4, 5, 6]]).reshape(1, 1, 2, 3)
    layer = Depthwise(1, multiplier=3)
    _, values = run(layer, (1, 1, 2), {"kernel": kernel, "bias": np.arange(6)}, image)
    np.testing.assert_array_equal(values.ravel(), [1, 3, 5, 43, 54, 65])


@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("input_shape", INPUT_SHAPES)
def test_pool_agrees_with_a_naive_loop(input_shape, padding, kind, naive_layer):
    for size, stride in itertools.product(SIZES, [None, *STRIDES]):
        compare(kind(size, stride, padding), input_shape, naive_layer)


def test_conv_is_a_cross_correlation_with_kernels_height_first():
    # One row of two weights: 1 for a pixel, 10 for its right neighbour. Nothing is flipped.
    image = np.array([[1, 2, 3], [4, 5, 6]]).reshape(1, 2, 3, 1)
    kernel = np.array([1, 10]).reshape(1, 2, 1, 1)
    _, values = run(Conv(1, (1, 2)), (2, 3, 1), {"kernel": kernel, "bias": [0.5]}, image)
    np.testing.assert_array_equal(values[0, :, :, 0], [[21.5, 32.5], [54.5, 65.5]])


def test_max_pool_of_negative_values_does_not_see_its_padding():
    image = np.full((1, 3, 3, 1), -7.0)
    for kind in (MaxPool, AveragePool):
        _, values = run(kind((2, 2), None, "same"), (3, 3, 1), {}, image)
        np.testing.assert_array_equal(values, np.full((1, 2, 2, 1), -7.0))


@pytest.mark.parametrize("input_shape", INPUT_SHAPES)
def test_global_average_agrees_with_a_naive_sum(input_shape, naive_layer):
    compare(GlobalAverage(), input_shape, naive_layer)


def test_global_average_of_large_halves_does_not_overflow():
    [placed] = parse("globalaverage").place((20, 20, 1))
    values = linear_output(placed, tf.fill([1, 20, 20, 1], tf.constant(1000, tf.float16)), {})
    assert values.dtype == tf.float16 and values.numpy() == 1000


def test_flatten_runs_through_channels_fastest_then_columns():
    image = np.arange(2 * 3 * 2).reshape(1, 2, 3, 2)
    placed = parse("flatten").place((2, 3, 2))[0]
    values = linear_output(placed, tf.constant(image, tf.float32), {}, None).numpy()
    np.testing.assert_array_equal(values, [np.arange(12)])


@pytest.mark.parametrize("inputs", [1, 5])
def test_dense_agrees_with_a_naive_sum(inputs, naive_layer):
    layer = parse("dense(3)").layers[0]
    compare(layer, (inputs,), naive_layer)


# Dropout.


def mode(seed, step):
    return TrainingMode(seed=tf.constant([seed, step], tf.int32))


def dropped(rate, name="dropout1", seed=0, step=0, shape=(500, 400)):
    layer = parse(f"dropout({rate})").layers[0]
    placed = PlacedLayer(name, layer, shape[1:], shape[1:])
    return linear_output(placed, tf.ones(shape), {}, mode(seed, step)).numpy()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_scales_the_rest(rate):
    values = dropped(rate)
    # A count of 200,000 independent draws stays within five standard errors.
    assert abs((values == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / values.size)
    np.testing.assert_allclose(values[values != 0], 1 / (1 - rate), rtol=1e-6)


def test_dropout_at_rate_0_and_in_inference_changes_nothing():
    np.testing.assert_array_equal(dropped(0), 1)
    layer = parse("dropout(0.9)").layers[0]
    inputs = np.random.default_rng(0).normal(size=(3, 5))
    _, values = run(layer, (5,), {}, inputs)
    np.testing.assert_array_equal(values, inputs.astype(np.float32))


def test_dropout_with_the_same_seed_drops_the_same():
    np.testing.assert_array_equal(dropped(0.5, seed=3, step=7), dropped(0.5, seed=3, step=7))


@pytest.mark.parametrize("other", [{"seed": 1}, {"step": 1}, {"name": "dropout2"}])
def test_dropout_of_another_seed_step_or_layer_is_independent(other):
    first, second = dropped(0.3), dropped(0.3, **other)
    agreement = ((first == 0) == (second == 0)).mean()
    # Independent masks agree with probability 0.7 * 0.7 + 0.3 * 0.3 = 0.58.
    assert abs(agreement - 0.58) < 5 * np.sqrt(0.58 * 0.42 / first.size)


def test_dropout_drops_other_values_in_each_image():
    first, second = dropped(0.5, shape=(2, 100_000))
    assert abs(((first == 0) == (second == 0)).mean() - 0.5) < 5 * 0.5 / np.sqrt(100_000)


# Batch normalisation.


def batch_norm(text, inputs, training, **weights):
    layer = parse(text).layers[0]
    inputs = np.asarray(inputs, np.float32)
    channels = inputs.shape[-1]
    defaults = {
        "scale": np.ones(channels),
        "offset": np.zeros(channels),
        "moving_mean": np.zeros(channels),
        "moving_variance": np.ones(channels),
    }
    step = mode(0, 0) if training else None
    _, values = run(layer, inputs.shape[1:], defaults | weights, inputs, step)
    return values, step


def test_batch_norm_by_hand():
    inputs = [[0.0], [4.0]]  # Mean 2, variance 4.
    values, step = batch_norm("batchnorm", inputs, training=True)
    np.testing.assert_allclose(values, [[-2 / 4.001**0.5], [2 / 4.001**0.5]], rtol=1e-6)
    np.testing.assert_allclose(step.moved["layer1/moving_mean"], [0.1 * 2], rtol=1e-6)
    np.testing.assert_allclose(step.moved["layer1/moving_variance"], [0.9 + 0.1 * 4], rtol=1e-6)

    values, _ = batch_norm(
        "batchnorm(epsilon=0.5)",
        inputs,
        training=False,
        moving_mean=np.array([1.0]),
        moving_variance=np.array([8.5]),
        scale=np.array([6.0]),
        offset=np.array([10.0]),
    )
    np.testing.assert_allclose(values, [[8.0], [16.0]], rtol=1e-6)


def test_batch_norm_moves_its_statistics_by_its_own_momentum():
    _, step = batch_norm("batchnorm(momentum=0.75)", [[0.0], [4.0]], training=True)
    np.testing.assert_allclose(step.moved["layer1/moving_mean"], [0.5], rtol=1e-6)
    np.testing.assert_allclose(step.moved["layer1/moving_variance"], [0.75 + 1.0], rtol=1e-6)


@pytest.mark.parametrize("shape", [(6, 4), (5, 3, 2, 4)])
@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_agrees_with_numpy_by_channel(shape, training, naive_layer):
    generator = np.random.default_rng(1)
    inputs = generator.normal(3, 2, shape).astype(np.float32)
    weights = {
        part: generator.uniform(0.5, 2, 4)
        for part in ("scale", "offset", "moving_mean", "moving_variance")
    }
    values, _ = batch_norm("batchnorm", inputs, training, **weights)
    placed = PlacedLayer("layer1", parse("batchnorm").layers[0], shape[1:], shape[1:])
    tensors = {f"layer1/{part}": value for part, value in weights.items()}
    expected = naive_layer(placed, inputs.astype(np.float64), tensors, training)
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-5)


def test_batch_norm_in_inference_treats_each_image_alone():
    inputs = np.random.default_rng(2).normal(size=(4, 3))
    together, _ = batch_norm("batchnorm", inputs, training=False)
    alone = [batch_norm("batchnorm", inputs[i : i + 1], training=False)[0][0] for i in range(4)]
    np.testing.assert_array_equal(together, alone)

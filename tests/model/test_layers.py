from __future__ import annotations

import inspect

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.initializers import initial_values
from tfcnn.model.layers import (
    LAYERS,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalAverage,
    Layer,
    MaxPool,
)
from tfcnn.model.layers.window import Window
from tfcnn.model.text import layer_to_text, parse_layers


@pytest.mark.parametrize(
    ("length", "size", "stride", "padding", "output", "before"),
    [
        (9, 3, 2, "valid", 4, 0),  # The article's example.
        (28, 3, 1, "valid", 26, 0),
        (11, 2, 2, "valid", 5, 0),
        (5, 5, 3, "valid", 1, 0),
        (28, 3, 1, "same", 28, 1),
        (7, 2, 1, "same", 7, 0),  # The one zero goes to the far end.
        (7, 4, 1, "same", 7, 1),
        (9, 3, 2, "same", 5, 1),
        (10, 3, 2, "same", 5, 0),
        (5, 1, 2, "same", 3, 0),
        (6, 1, 4, "same", 2, 0),  # The stride steps over the end: nothing is lacking.
        (2, 5, 1, "same", 2, 2),
    ],
)
def test_window_arithmetic(length, size, stride, padding, output, before):
    for axis in (0, 1):
        pair = lambda value, axis=axis: (value, 99) if axis == 0 else (99, value)  # noqa: E731
        window = Window(pair(size), pair(stride), padding)
        assert window.output_length(length, axis) == output
        assert window.pad_before(length, axis) == before


def shapes(tensors):
    return {part: tensor.shape for part, tensor in tensors.items()}


def test_shapes_weights_and_costs_by_hand():
    conv = Conv(64, (5, 3), stride=(2, 1))
    assert conv.output_shape((13, 13, 32)) == (5, 11, 64)
    assert shapes(conv.weights((13, 13, 32))) == {"kernel": (5, 3, 32, 64), "bias": (64,)}
    assert conv.multiply_adds((13, 13, 32)) == 5 * 11 * 5 * 3 * 32 * 64
    assert MaxPool((2, 2)).output_shape((11, 10, 7)) == (5, 5, 7)
    assert MaxPool((3, 3), stride=(1, 2)).output_shape((11, 11, 7)) == (9, 5, 7)
    assert Flatten().output_shape((3, 4, 5)) == (60,)
    assert GlobalAverage().output_shape((3, 4, 5)) == (5,)
    assert Dense(10).output_shape((576,)) == (10,)
    assert shapes(Dense(10).weights((576,))) == {"kernel": (576, 10), "bias": (10,)}
    assert Dense(10).multiply_adds((576,)) == 5760
    assert Dropout(0.5).output_shape((3, 4, 5)) == (3, 4, 5)
    depthwise = Depthwise((5, 3), multiplier=2, stride=2)
    assert depthwise.output_shape((13, 13, 32)) == (5, 6, 64)
    assert shapes(depthwise.weights((13, 13, 32))) == {"kernel": (5, 3, 32, 2), "bias": (64,)}
    assert depthwise.multiply_adds((13, 13, 32)) == 5 * 6 * 5 * 3 * 64
    norm = BatchNorm()
    assert norm.output_shape((3, 4, 5)) == (3, 4, 5)
    assert shapes(norm.weights((3, 4, 5))) == {"scale": (5,), "offset": (5,)}
    assert shapes(norm.state((7,))) == {"moving_mean": (7,), "moving_variance": (7,)}
    assert MaxPool((2, 2)).weights((4, 4, 1)) == {}
    assert MaxPool((2, 2)).state((4, 4, 1)) == {}
    assert Flatten().multiply_adds((4, 4, 1)) == 0


def test_a_kernel_by_filter_shows_what_each_filter_reads():
    values = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    of_conv = Conv(5, (2, 3)).weights((9, 9, 4))["kernel"].by_filter(values)
    np.testing.assert_array_equal(of_conv, values)
    of_depthwise = Depthwise((2, 3), multiplier=5).weights((9, 9, 4))["kernel"].by_filter(values)
    assert of_depthwise.shape == (2, 3, 1, 20)
    for channel, m in np.ndindex(4, 5):  # Filter c * multiplier + m.
        np.testing.assert_array_equal(
            of_depthwise[:, :, 0, channel * 5 + m], values[:, :, channel, m]
        )


@pytest.mark.parametrize(
    ("layer", "input_shape", "said"),
    [
        (Conv(1, (3, 2)), (2, 5, 1), "kernel of 3x2 is larger than its input of 2x5"),
        (Conv(1, (2, 3)), (5, 2, 1), "kernel of 2x3 is larger than its input of 5x2"),
        (MaxPool((3, 3)), (2, 2, 1), "window of 3x3 is larger than its input of 2x2"),
        (Conv(1, (3, 3)), (9,), "put it before flatten"),
        (AveragePool((2, 2)), (9,), "put it before flatten"),
        (GlobalAverage(), (9,), "put it in the place of flatten"),
        (Dense(3), (2, 2, 1), "put flatten before it"),
    ],
)
def test_a_layer_that_does_not_fit_says_what_to_do(layer, input_shape, said):
    with pytest.raises(InputError, match=said):
        layer.output_shape(input_shape)


def test_same_padding_takes_a_kernel_larger_than_the_map():
    assert Conv(1, (5, 5), padding="same").output_shape((2, 3, 1)) == (2, 3, 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Conv(0, 3), "conv: filters: expected a whole number from 1 to 1000000, found 0"),
        (lambda: Conv(8, (3, 3, 3)), "conv: kernel_size: expected one number or (height,width)"),
        (lambda: Conv(8, 3, stride=None), "conv: stride: expected a whole number from 1 to"),
        (lambda: Conv(8, 3, padding="SAME"), "conv: padding: expected one of valid, same, found"),
        (lambda: Conv(8, 3, activation="swish"), "conv: activation: expected one of relu, selu"),
        (lambda: Conv(8, 3, l2=float("nan")), "conv: l2: expected a number from 0 to below"),
        (lambda: MaxPool(0), "pool: size: expected a whole number from 1 to 1000000, found 0"),
        (lambda: Depthwise(3, stride=(2, 1)), "depthwise: stride: expected a whole number from 1"),
        (lambda: Dense(True), "dense: units: expected a whole number"),
        (lambda: Dropout(1.0), "dropout: rate: expected a number from 0 to below 1, found 1.0"),
        (lambda: BatchNorm(epsilon=0), "batchnorm: epsilon: expected a number above 0"),
    ],
)
def test_a_wrong_value_is_refused_where_the_layer_is_made(make, said):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(said)


SHOWN = {
    Conv: "conv(8,3)",
    Depthwise: "depthwise(3)",
    MaxPool: "max(2)",
    AveragePool: "average(2)",
    GlobalAverage: "globalaverage",
    Flatten: "flatten",
    Dense: "dense(4)",
    Dropout: "dropout(0.5)",
    BatchNorm: "batchnorm",
}


def test_every_class_of_layer_is_in_the_table():
    def below(kind):
        return [kind, *(lower for child in kind.__subclasses__() for lower in below(child))]

    concrete = {kind for kind in below(Layer) if not inspect.isabstract(kind)}
    assert {kind for kind in concrete if kind.__module__.startswith("tfcnn.")} == set(LAYERS)
    assert set(SHOWN) == set(LAYERS)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_says_all_of_itself(kind):
    """In text, in its docstring, and by start values; twin and conversion: tests/exchange."""
    [layer] = parse_layers(SHOWN[kind])
    assert type(layer) is kind and layer_to_text(layer) == SHOWN[kind]
    assert f"``{kind.word}" in kind.__doc__
    for answer in (layer.looks_across_batch, layer.reads_all_positions, layer.only_passes_on):
        assert isinstance(answer, bool)
    shape = (4,) if kind is Dense else (6, 6, 4)
    tensors = layer.weights(shape)
    assert tensors["kernel"].is_kernel if "kernel" in tensors else not tensors.get("bias")
    placed = PlacedLayer("x1", layer, shape, layer.output_shape(shape))
    assert set(initial_values(placed, 0)) == {*placed.weights(), *placed.state()}


def test_a_layer_that_does_not_say_all_cannot_be_made():
    class Unknown(Layer):
        kind = word = "unknown"

    with pytest.raises(TypeError, match=r"Unknown .*operation.* reads_all_positions"):
        Unknown()


def test_one_number_stands_for_a_square():
    assert Conv(8, 3, stride=2) == Conv(8, (3, 3), stride=(2, 2))
    assert MaxPool(2) == MaxPool((2, 2), stride=None)

"""A second answer for every layer: plain loops in NumPy float64, written from the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tfcnn.model.layers import (
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalAverage,
    MaxPool,
)

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., 2017, eq. 2.

CLOSED_FORMS = {
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * (np.exp(x) - 1)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "linear": lambda x: x,
}


def windows(maps, size, stride, padding):
    """Yields (row, column, part of the maps under the window, its corner in the kernel).

    SAME follows TensorFlow's manual: a length divisible by the stride needs ``max(k - s, 0)``
    further rows, another one ``max(k - length % s, 0)``, half of them (rounded down) before.
    """
    starts = []
    for length, k, s in zip(maps.shape[1:3], size, stride, strict=True):
        if padding == "valid":
            starts.append(list(range(0, length - k + 1, s)))
        else:
            lacking = max(k - (length % s or s), 0)
            starts.append([i * s - lacking // 2 for i in range(math.ceil(length / s))])
    for row, top in enumerate(starts[0]):
        for column, left in enumerate(starts[1]):
            part = maps[:, max(top, 0) : top + size[0], max(left, 0) : left + size[1]]
            yield row, column, part, (max(-top, 0), max(-left, 0))


def _conv(layer, maps, kernel, bias):
    cells = {}
    for row, column, part, (top, left) in windows(
        maps, layer.kernel_size, layer.stride, layer.padding
    ):
        below = kernel[top : top + part.shape[1], left : left + part.shape[2]]
        cells[row, column] = np.einsum("bijc,ijcf->bf", part, below) + bias
    return _grid(cells)


def _depthwise(layer, maps, kernel, bias):
    """A convolution with one channel and one filter for each of the outputs."""
    outputs = []
    for number in range(kernel.shape[2] * kernel.shape[3]):
        channel, m = divmod(number, kernel.shape[3])
        one = Conv(1, layer.kernel_size, (layer.stride, layer.stride), layer.padding)
        own = kernel[:, :, channel : channel + 1, m : m + 1]
        outputs.append(_conv(one, maps[..., channel : channel + 1], own, bias[number]))
    return np.concatenate(outputs, -1)


def _pool(layer, maps, reduce):
    stride = layer.size if layer.stride is None else layer.stride
    return _grid(
        {
            (row, column): reduce(part, axis=(1, 2))
            for row, column, part, _ in windows(maps, layer.size, stride, layer.padding)
        }
    )


def _grid(cells):
    height, width = (1 + max(position[axis] for position in cells) for axis in (0, 1))
    rows = [np.stack([cells[row, column] for column in range(width)], 1) for row in range(height)]
    return np.stack(rows, 1)


def naive_layer(placed, values, tensors, training=False):
    """A layer's linear output, float64, from the NumPy arrays in ``tensors`` (path -> array)."""
    layer, name = placed.layer, placed.name
    if isinstance(layer, Conv):
        return _conv(layer, values, tensors[f"{name}/kernel"], tensors[f"{name}/bias"])
    if isinstance(layer, Depthwise):
        return _depthwise(layer, values, tensors[f"{name}/kernel"], tensors[f"{name}/bias"])
    if isinstance(layer, (MaxPool, AveragePool)):
        return _pool(layer, values, np.max if isinstance(layer, MaxPool) else np.mean)
    if isinstance(layer, GlobalAverage):
        height, width = values.shape[1:3]
        cells = [values[:, i, j] for i in range(height) for j in range(width)]
        return sum(cells) / len(cells)
    if isinstance(layer, Flatten):
        return np.array([image.ravel() for image in values])
    if isinstance(layer, Dense):
        return values @ tensors[f"{name}/kernel"] + tensors[f"{name}/bias"]
    if isinstance(layer, BatchNorm):
        channels = values.reshape(-1, values.shape[-1])
        mean = channels.mean(0) if training else tensors[f"{name}/moving_mean"]
        variance = channels.var(0) if training else tensors[f"{name}/moving_variance"]
        normal = (values - mean) / np.sqrt(variance + layer.epsilon)
        return tensors[f"{name}/scale"] * normal + tensors[f"{name}/offset"]
    assert isinstance(layer, Dropout) and not training
    return values


def naive_network(layers, images, tensors, training=False):
    """The logits, float64."""
    values = (images - tensors["input/mean"]) / tensors["input/deviation"]
    for placed in layers:
        values = naive_layer(placed, values, tensors, training)
        if isinstance(placed.layer, (Conv, Depthwise, Dense, BatchNorm)):
            values = CLOSED_FORMS[placed.layer.activation](values)
    return values


def float64_tensors(network):
    variables = {**network.state, **network.weights}
    return {path: variable.numpy().astype(np.float64) for path, variable in variables.items()}


def randomize(network, seed):
    """Gives every variable values that differ, so that none can hide by being 0 or 1."""
    generator = np.random.default_rng(seed)
    for path, variable in {**network.state, **network.weights}.items():
        if path.endswith(("variance", "deviation", "scale")):
            variable.assign(generator.uniform(0.5, 2.0, variable.shape))
        elif not path.endswith("kernel"):
            variable.assign(generator.normal(0, 0.3, variable.shape))


@pytest.fixture(name="closed_forms")
def _closed_forms():
    return CLOSED_FORMS


@pytest.fixture(name="naive_layer")
def _naive_layer():
    return naive_layer


@pytest.fixture(name="naive_network")
def _naive_network():
    return naive_network


@pytest.fixture(name="float64_tensors")
def _float64_tensors():
    return float64_tensors


@pytest.fixture(name="randomize")
def _randomize():
    return randomize

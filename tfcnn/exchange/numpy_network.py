"""A trained network in NumPy alone, for where there is no TensorFlow.

Maps are NHWC and kernels HWIO, as everywhere. A window moves over a map by slicing: for each of its
positions (i, j) one strided view of the padded maps holds what all windows see there.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.arguments import check_fields, checked
from tfcnn.errors import InputError, told, wrong
from tfcnn.exchange import npz
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.model import layers
from tfcnn.model.architecture import Architecture, PlacedLayer, parse
from tfcnn.model.finite import check_network_values
from tfcnn.model.layers import Layer, Shape
from tfcnn.model.layers.fields import LEAKY_SLOPE
from tfcnn.model.layers.window import Window
from tfcnn.pixels import check_floats
from tfcnn.typing import PathLike

_Array = npt.NDArray[np.floating[Any]]
_Tensors = Mapping[str, _Array]

MOST_PIXELS_A_SIDE = 100_000

# Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _elu(x: _Array) -> _Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATION_FUNCTIONS: Mapping[str, Callable[[_Array], _Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * _elu(x)),
    "elu": _elu,
    "leaky_relu": lambda x: np.where(x > 0, x, LEAKY_SLOPE * x),
    "tanh": np.tanh,
    "sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2,  # 1 / (1 + exp(-x)), without overflow.
    "linear": lambda x: x,
}


@dataclasses.dataclass(frozen=True)
class NumpyNetwork:
    """A network for inference.

    Attributes:
      layers: Every layer at its place.
      tensors: Path -> array, all weights and the state.
    """

    layers: tuple[PlacedLayer, ...]
    tensors: Mapping[str, _Array]

    def __post_init__(self) -> None:
        """Refuses what are no layers with their tensors.

        Raises:
          InputError: As said.
        """
        check_fields(self)
        if not self.layers:
            raise wrong("layers", "at least one", "none")
        shapes = dict.fromkeys(("input/mean", "input/deviation"), self.layers[0].input_shape[2:])
        for placed in self.layers:
            tensors = placed.weights() | placed.state()
            shapes |= {path: tensor.shape for path, tensor in tensors.items()}
        for path, shape in shapes.items():
            found = self.tensors.get(path)
            if not isinstance(found, np.ndarray) or found.shape != shape:
                raise wrong(f"tensors: {path}", f"an array of shape {shape}", told(found))

    @classmethod
    @checked
    def load(cls, path: PathLike) -> NumpyNetwork:
        """Reads a file that ``export`` wrote as ``npz``.

        Raises:
          InputError: The file is missing, damaged or not one of ours; the message says how.
        """
        source = os.fspath(path)
        with npz.opened(path, source) as stored:
            architecture, input_shape = _described(stored, source)
            try:
                shapes = architecture.tensor_shapes(input_shape)
            except InputError as error:
                raise InputError(f"{source}: {error}") from None
            missing = sorted(shapes.keys() - stored.keys())
            if missing:
                raise wrong(source, f"a tensor {missing[0]}", "none")
            tensors = {path: stored[path].floats(shape) for path, shape in shapes.items()}
        check_network_values(tensors, source)
        return cls(architecture.place(input_shape), tensors)

    def __call__(self, images: npt.ArrayLike) -> _Array:
        """The logits.

        Args:
          images: Floats [batch, height, width, channels] in [0, 1].

        Returns:
          [batch, classes], float32 for float32 images.

        Raises:
          InputError: The images have another shape or type.
        """
        try:
            value: _Array = np.asarray(images)
        except ValueError:  # Lists of several lengths.
            raise wrong("images", "floats in an array", told(images)) from None
        expected = None, *self.layers[0].input_shape
        check_floats("images", value.dtype.name, value.shape, expected)
        value = (value - self.tensors["input/mean"]) / self.tensors["input/deviation"]
        for placed in self.layers:
            paths = (*placed.weights(), *placed.state())
            tensors = {path.partition("/")[2]: self.tensors[path] for path in paths}
            value = _OPERATIONS[type(placed.layer)](placed.layer, value, tensors)
            value = value + tensors["bias"] if "bias" in tensors else value
            if placed.layer.activation is not None:
                value = ACTIVATION_FUNCTIONS[placed.layer.activation](value)
        return value


def _conv(layer: layers.Conv, maps: _Array, tensors: _Tensors) -> _Array:
    parts = _under_window(maps, layer.window, 0)
    return sum(part @ tensors["kernel"][i, j] for i, j, part in parts)


def _depthwise(layer: layers.Depthwise, maps: _Array, tensors: _Tensors) -> _Array:
    parts = _under_window(maps, layer.window, 0)
    filtered = sum(part[..., np.newaxis] * tensors["kernel"][i, j] for i, j, part in parts)
    return filtered.reshape(*filtered.shape[:3], -1)


def _max_pool(layer: layers.MaxPool, maps: _Array, tensors: _Tensors) -> _Array:
    return _reduce(np.maximum, maps, layer.window, -np.inf)


def _average_pool(layer: layers.AveragePool, maps: _Array, tensors: _Tensors) -> _Array:
    counts = _reduce(np.add, np.ones_like(maps[:1]), layer.window, 0)
    return _reduce(np.add, maps, layer.window, 0) / counts


def _batchnorm(layer: layers.BatchNorm, value: _Array, tensors: _Tensors) -> _Array:
    deviation = np.sqrt(tensors["moving_variance"] + value.dtype.type(layer.epsilon))
    normal = (value - tensors["moving_mean"]) / deviation
    return tensors["scale"] * normal + tensors["offset"]


# What a layer does in inference before its bias and activation function.
_OPERATIONS: Mapping[type[Layer], Callable[[Any, _Array, _Tensors], _Array]] = {
    layers.Conv: _conv,
    layers.Depthwise: _depthwise,
    layers.MaxPool: _max_pool,
    layers.AveragePool: _average_pool,
    layers.GlobalAverage: lambda layer, maps, tensors: maps.mean(axis=(1, 2)),
    layers.Flatten: lambda layer, value, tensors: value.reshape(-1, math.prod(value.shape[1:])),
    layers.Dense: lambda layer, value, tensors: value @ tensors["kernel"],
    layers.Dropout: lambda layer, value, tensors: value,
    layers.BatchNorm: _batchnorm,
}


def _reduce(operation: np.ufunc, maps: _Array, window: Window, padding_value: float) -> _Array:
    """Joins all values under each window."""
    parts = (part for _, _, part in _under_window(maps, window, padding_value))
    return functools.reduce(operation, parts)


def _under_window(
    maps: _Array, window: Window, padding_value: float
) -> Iterator[tuple[int, int, _Array]]:
    """Yields (i, j, [batch, rows, columns, channels]): what all windows see at position (i, j)."""
    (down, across), pads, reached = window.stride, [], []
    for axis, length in enumerate(maps.shape[1:3]):
        before = window.pad_before(length, axis)
        steps = (window.output_length(length, axis) - 1) * window.stride[axis]
        pads.append((before, max(steps + window.size[axis] - before - length, 0)))
        reached.append(steps + 1)
    padded = np.pad(maps, [(0, 0), *pads, (0, 0)], constant_values=padding_value)
    for i in range(window.size[0]):
        for j in range(window.size[1]):
            yield i, j, padded[:, i : i + reached[0] : down, j : j + reached[1] : across]


def _described(stored: Mapping[str, StoredTensor], source: str) -> tuple[Architecture, Shape]:
    """The architecture and the input's shape that a file names."""
    for name, kind in (("architecture", "str"), ("input_shape", "int")):
        if name not in stored or not stored[name].dtype.startswith(kind):
            raise wrong(source, f"{name} in the file", "none")
    numbers = stored["input_shape"].read().ravel().tolist()
    if len(numbers) != 3 or not all(1 <= number <= MOST_PIXELS_A_SIDE for number in numbers):
        raise wrong(f"{source}: input_shape", "[height, width, channels]", "others")
    try:
        return parse(str(stored["architecture"].read())), tuple(numbers)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None

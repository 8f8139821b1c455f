"""How other frameworks lay out the weights of the same network.

| tensor                  | ``tensorflow``                  | ``pytorch``                         |
|-------------------------|---------------------------------|-------------------------------------|
| kernel of a convolution | [height, width, in, out]        | [out, in, height, width]            |
| depthwise kernel        | [height, width, in, multiplier] | [in * multiplier, 1, height, width] |
| kernel of a dense layer | [in, out]                       | [out, in]                           |
| values after a flatten  | height, width, channel          | channel, height, width              |

The last of a row moves fastest. The left column is this project's own layout.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from tfcnn.errors import check_choice, wrong
from tfcnn.model import layers
from tfcnn.model.architecture import Architecture
from tfcnn.model.layers import Layer, Shape
from tfcnn.typing import Array, Int64

LAYOUTS = ("tensorflow", "pytorch")

# Of the flat values at some place: ours at i is theirs at order[i]. A slice of all: no difference.
_Order: TypeAlias = slice | Int64


@dataclasses.dataclass(frozen=True)
class Conversion:
    """From a foreign tensor to this project's.

    Attributes:
      shape: The foreign tensor's shape.
      apply: Takes the foreign tensor, gives ours.
    """

    shape: Shape
    apply: Callable[[Array], Array]


def conversions(
    architecture: Architecture, input_shape: Shape, layout: str
) -> dict[str, Conversion]:
    """Path -> conversion, for every tensor of a network.

    Args:
      architecture: The network's layers.
      input_shape: ``(height, width, channels)`` of an image.
      layout: One of ``LAYOUTS``.

    Raises:
      InputError: The layout is unknown, or a layer does not fit its input. Or the network ends with
        flattened maps of several pixels: no weights follow that could put PyTorch's order right.
    """
    check_choice("layout", layout, LAYOUTS)
    found = {
        path: Conversion(shape, lambda tensor: tensor)
        for path, shape in architecture.tensor_shapes(input_shape).items()
    }
    if layout == "tensorflow":
        return found
    order: _Order = slice(None)
    for placed in architecture.place(input_shape):
        maps = placed.input_shape
        if placed.layer.only_passes_on and len(maps) > len(placed.output_shape):
            order = _order_after_flatten(maps)
        for part, conversion in _FROM_PYTORCH[type(placed.layer)].items():
            path = f"{placed.name}/{part}"
            found[path] = conversion(found[path].shape, order)
        if placed.layer.reads_all_positions:
            order = slice(None)
    if not isinstance(order, slice):
        raise wrong("architecture", "a dense layer after flatten", "none")
    return found


def _order_after_flatten(shape: Shape) -> _Order:
    height, width, channels = shape
    if (height, width) == (1, 1):
        return slice(None)
    return np.arange(math.prod(shape)).reshape(channels, height, width).transpose(1, 2, 0).ravel()


def _conv_kernel(shape: Shape, order: _Order) -> Conversion:
    height, width, inputs, outputs = shape
    theirs = (outputs, inputs, height, width)
    return Conversion(theirs, lambda tensor: tensor.transpose(2, 3, 1, 0))


def _depthwise_kernel(shape: Shape, order: _Order) -> Conversion:
    height, width, inputs, multiplier = shape
    by_channel = (inputs, multiplier, height, width)
    return Conversion(
        (inputs * multiplier, 1, height, width),
        lambda tensor: tensor.reshape(by_channel).transpose(2, 3, 0, 1),
    )


def _dense_kernel(shape: Shape, order: _Order) -> Conversion:
    return Conversion(shape[::-1], lambda tensor: tensor.T[order])


def _by_unit(shape: Shape, order: _Order) -> Conversion:
    return Conversion(shape, lambda tensor: tensor[order])


# What does not stand here is the same in both; a layer without a line is refused.
_FROM_PYTORCH: Mapping[type[Layer], Mapping[str, Callable[[Shape, _Order], Conversion]]] = {
    layers.Conv: {"kernel": _conv_kernel},
    layers.Depthwise: {"kernel": _depthwise_kernel},
    layers.MaxPool: {},
    layers.AveragePool: {},
    layers.GlobalAverage: {},
    layers.Flatten: {},
    layers.Dense: {"kernel": _dense_kernel},
    layers.Dropout: {},
    layers.BatchNorm: dict.fromkeys(
        ("scale", "offset", "moving_mean", "moving_variance"), _by_unit
    ),
}

"""How other frameworks lay out the weights of the same network.

| tensor                  | ``tensorflow``                | ``pytorch``                   |
|-------------------------|-------------------------------|-------------------------------|
| kernel of a convolution | [height, width, in, out]      | [out, in, height, width]      |
| kernel of a dense layer | [in, out]                     | [out, in]                     |
| values after a flatten  | height, width, channel        | channel, height, width        |

The last of a row moves fastest. The left column is this project's own layout.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError, check_choice
from tfcnn.model.architecture import Architecture, PlacedLayer
from tfcnn.model.layers import BatchNorm, Conv, Dense, Flatten, Shape
from tfcnn.model.tensor_shapes import tensor_shapes

LAYOUTS = ("tensorflow", "pytorch")

_Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Conversion:
    """From a foreign tensor to this project's.

    Attributes:
      shape: The foreign tensor's shape.
      apply: Takes the foreign tensor, gives ours.
    """

    shape: Shape
    apply: Callable[[_Array], _Array]


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
        for path, shape in tensor_shapes(architecture, input_shape).items()
    }
    if layout == "tensorflow":
        return found
    # Of the flat values at this place: ours at i is theirs at order[i]. None: no difference.
    order: npt.NDArray[np.int64] | None = None
    for placed in architecture.place(input_shape):
        is_flatten = isinstance(placed.layer, Flatten)
        if is_flatten and len(placed.input_shape) == 3 and placed.input_shape[:2] != (1, 1):
            order = _order_after_flatten(placed.input_shape)
        found |= _from_pytorch(placed, order)
        if isinstance(placed.layer, Dense):
            order = None
    if order is not None:
        raise InputError("architecture: expected a dense layer after flatten, found none")
    return found


def _order_after_flatten(shape: Shape) -> npt.NDArray[np.int64]:
    height, width, channels = shape
    return np.arange(math.prod(shape)).reshape(channels, height, width).transpose(1, 2, 0).ravel()


def _from_pytorch(
    placed: PlacedLayer, order: npt.NDArray[np.int64] | None
) -> dict[str, Conversion]:
    """The conversions of a layer's tensors, where they do more than nothing."""
    shapes = placed.weight_shapes() | placed.state_shapes()
    kernel = f"{placed.name}/kernel"
    rows: Any = slice(None) if order is None else order
    if isinstance(placed.layer, Conv):
        height, width, inputs, outputs = shapes[kernel]
        return {
            kernel: Conversion(
                (outputs, inputs, height, width), lambda tensor: tensor.transpose(2, 3, 1, 0)
            )
        }
    if isinstance(placed.layer, Dense):
        return {kernel: Conversion(shapes[kernel][::-1], lambda tensor: tensor.T[rows])}
    if isinstance(placed.layer, BatchNorm):
        return {
            path: Conversion(shape, lambda tensor: tensor[rows]) for path, shape in shapes.items()
        }
    return {}

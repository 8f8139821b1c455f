"""What each layer of an architecture sees, holds and costs, in plain arithmetic."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from tfcnn.arguments import checked
from tfcnn.model.architecture import Architecture, PlacedLayer
from tfcnn.model.layers import Shape
from tfcnn.model.layers.window import Pair
from tfcnn.model.zoo import find

BYTES_OF_FLOAT32 = 4


@dataclasses.dataclass(frozen=True)
class LayerGeometry:
    """One row of the table. Pairs are (down, across), in pixels of the input image.

    Attributes:
      name: The layer's name, such as ``conv1``.
      output_shape: Shape of its output for one image.
      parameters: Number of trained weights.
      receptive_field: Height and width of the part of the image that one output value sees. It
        may reach past the image where padding does. A dense layer's value sees all that the
        positions of the maps before it see together.
      stride: Distance between the fields of neighbouring outputs; (0, 0) where all see the same.
      offset: First pixel of the field of output (0, 0); negative where it lies in the padding.
      multiply_adds: Multiplications with addition for one image, forward.
      activation_bytes: Size of its output for one image, in float32.
    """

    name: str
    output_shape: Shape
    parameters: int
    receptive_field: Pair
    stride: Pair
    offset: Pair
    multiply_adds: int
    activation_bytes: int


@dataclasses.dataclass(frozen=True)
class _Axis:
    """What one output value sees along one axis."""

    field: int = 1
    stride: int = 1
    offset: int = 0
    positions: int = 1  # How many a flatten laid in a row.

    def after_window(self, size: int, stride: int, pad_before: int) -> _Axis:
        """One more windowed layer: ``r <- r + (k-1)*j``, then ``j <- j*s``.

        Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
        Networks", Distill 2019.
        """
        return _Axis(
            field=self.field + (size - 1) * self.stride,
            stride=self.stride * stride,
            offset=self.offset - pad_before * self.stride,
        )

    def in_a_row(self, positions: int) -> _Axis:
        """Maps become a row of values, each of which still sees its own field."""
        return dataclasses.replace(self, positions=positions)

    def read_together(self) -> _Axis:
        """One value that reads all positions."""
        return _Axis(self.field + (self.positions - 1) * self.stride, 0, self.offset)


@checked
def geometry(architecture: Architecture | str, input_shape: Shape) -> list[LayerGeometry]:
    """The geometry of every layer, in order.

    >>> rows = tfcnn.model.geometry(tfcnn.model.parse("conv(32,3) max(2) conv(64,3)"), (28, 28, 1))
    >>> for row in rows:
    ...     print(row.name, row.output_shape, row.receptive_field, row.parameters)
    conv1 (26, 26, 32) (3, 3) 320
    pool1 (13, 13, 32) (4, 4) 0
    conv2 (11, 11, 64) (8, 8) 18496

    Args:
      architecture: The layers, or their text, or a name of the zoo.
      input_shape: ``(height, width, channels)`` of an image.

    Raises:
      InputError: It is no architecture, or a layer does not fit its input.
    """
    rows = []
    axes = (_Axis(), _Axis())
    for placed in find(architecture).place(input_shape):
        axes = (_after(axes[0], placed, 0), _after(axes[1], placed, 1))
        rows.append(
            LayerGeometry(
                name=placed.name,
                output_shape=placed.output_shape,
                parameters=sum(math.prod(tensor.shape) for tensor in placed.weights().values()),
                receptive_field=(axes[0].field, axes[1].field),
                stride=(axes[0].stride, axes[1].stride),
                offset=(axes[0].offset, axes[1].offset),
                multiply_adds=placed.layer.multiply_adds(placed.input_shape),
                activation_bytes=math.prod(placed.output_shape) * BYTES_OF_FLOAT32,
            )
        )
    return rows


def pixels_read(architecture: Architecture, input_shape: Shape) -> Pair:
    """Rows and columns of the image, from the top left, that the last layer's output depends on.

    Windows without padding leave out what does not fill a window: a pooling of 2 reads 10 of 11
    rows. So the upper left part of the image gives the same output as the whole.

    Args:
      architecture: The layers.
      input_shape: ``(height, width, channels)`` of an image.

    Raises:
      InputError: A layer does not fit its input.
    """
    placed = architecture.place(input_shape)
    return _length_read(placed, input_shape, 0), _length_read(placed, input_shape, 1)


def _length_read(layers: Sequence[PlacedLayer], input_shape: Shape, axis: int) -> int:
    read = None  # Of the output of the layer under inspection; None is all of it.
    for placed in reversed(layers):
        layer = placed.layer
        if layer.looks_across_batch or layer.reads_all_positions:
            read = None
        elif layer.window is not None:
            outputs = placed.output_shape[axis] if read is None else read
            read = layer.window.length_read(outputs, placed.input_shape[axis], axis)
    return input_shape[axis] if read is None else read


def _after(axis: _Axis, placed: PlacedLayer, direction: int) -> _Axis:
    window = placed.layer.window
    if window is not None:
        size, stride = window.size[direction], window.stride[direction]
        length = placed.input_shape[direction]
        return axis.after_window(size, stride, window.pad_before(length, direction))
    if len(placed.input_shape) > len(placed.output_shape):
        axis = axis.in_a_row(placed.input_shape[direction])
    return axis.read_together() if placed.layer.reads_all_positions else axis

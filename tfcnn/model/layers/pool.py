"""Pooling: the maximum or the average of each channel under a moving window."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.model.layers.base import Call, Layer, Shape
from tfcnn.model.layers.fields import OptionalSize, PaddingWord, Size
from tfcnn.model.layers.window import Window

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class _Pool(Layer):
    """What both poolings share.

    Attributes:
      size: Height and width of the window.
      stride: Step of the window, down and across; None means its size.
      padding: ``valid`` or ``same``, which takes no part in the maximum or the average.
    """

    size: Size
    stride: OptionalSize = None
    padding: PaddingWord = "valid"

    kind = "pool"
    reads_all_positions = looks_across_batch = only_passes_on = False

    @property
    def window(self) -> Window:
        """The pooling window as it moves over the map."""
        return Window(self.size, self.stride or self.size, self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height, width, channels)``, with the channels of the input."""
        return (*self.window.positions(input_shape, "window"), input_shape[2])

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """Each channel is pooled by itself."""
        return list(order)


class MaxPool(_Pool):
    """The maximum. In text: ``max(size, stride=size, pad=valid)``."""

    word = "max"
    takes_maximum = True

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.nn.max_pool2d``."""
        import tensorflow as tf

        window, padding = self.window, self.padding.upper()
        return tf.nn.max_pool2d(call.inputs, window.size, window.stride, padding)


class AveragePool(_Pool):
    """The average. In text: ``average(size, stride=size, pad=valid)``."""

    word = "average"

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.nn.avg_pool2d``."""
        import tensorflow as tf

        window, padding = self.window, self.padding.upper()
        return tf.nn.avg_pool2d(call.inputs, window.size, window.stride, padding)

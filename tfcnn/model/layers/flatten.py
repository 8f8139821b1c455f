"""From maps to a row of values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.model.layers.base import Call, Layer, Shape

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Flatten(Layer):
    """All positions and channels of an image in one row, channels fastest. In text: ``flatten``."""

    word = kind = "flatten"
    window = None
    reads_all_positions = looks_across_batch = False
    only_passes_on = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height * width * channels,)``."""
        return (math.prod(input_shape),)

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """The channels of every position, one position after the other."""
        channels = input_shape[-1]
        starts = range(0, math.prod(input_shape), channels)
        return [start + channel for start in starts for channel in order]

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.reshape``."""
        import tensorflow as tf

        return tf.reshape(call.inputs, [-1, *call.output_shape])

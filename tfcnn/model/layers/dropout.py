"""Dropout."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.model.layers.base import Call, Layer, Shape
from tfcnn.model.layers.fields import Share

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Dropout(Layer):
    """In training, sets a share ``rate`` of the inputs to 0 and divides the rest by 1 - rate.

    In text: ``dropout(rate)``.
    Source: Srivastava et al., "Dropout", JMLR 2014 (the inverted form: inference does nothing).
    """

    rate: Share

    word = kind = "dropout"
    window = None
    reads_all_positions = looks_across_batch = False
    only_passes_on = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        return input_shape

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """Each value stays where it is."""
        return list(order)

    def operation(self, call: Call) -> tf.Tensor:
        """The inputs, each of which stays if its random number is at least ``rate``."""
        if call.mode is None:
            return call.inputs
        import tensorflow as tf

        from tfcnn.model.random_numbers import uniform

        # Each dropout layer of a network needs numbers of its own.
        seed = call.mode.seed + tf.constant([0, zlib.crc32(call.name.encode()) >> 1], tf.int32)
        inputs = call.inputs
        stays = uniform(tf.shape(inputs), seed, inputs.dtype) >= tf.cast(self.rate, inputs.dtype)
        return tf.where(stays, inputs * tf.cast(1 / (1 - self.rate), inputs.dtype), 0)

"""Global average pooling."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.errors import InputError
from tfcnn.model.layers.base import Call, Layer, Shape

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class GlobalAverage(Layer):
    """The average of each map over all positions. In text: ``globalaverage``.

    Source: Lin, Chen and Yan, "Network In Network", ICLR 2014, section 3.2.
    """

    word = kind = "globalaverage"
    window = None
    reads_all_positions = True
    looks_across_batch = only_passes_on = False

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(channels,)``."""
        if len(input_shape) != 3:
            raise InputError(
                f"needs maps [height, width, channels], found flat input of shape {input_shape}: "
                "put it in the place of flatten"
            )
        return input_shape[2:]

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """Each channel is averaged by itself."""
        return list(order)

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.reduce_mean``, in float32 whatever the type of the inputs."""
        import tensorflow as tf

        mean = tf.reduce_mean(tf.cast(call.inputs, tf.float32), axis=[1, 2])
        return tf.cast(mean, call.inputs.dtype)

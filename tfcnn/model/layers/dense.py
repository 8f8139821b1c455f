"""Dense layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.errors import InputError
from tfcnn.model.layers.base import Call, Fans, Layer, LayerTensor, Shape
from tfcnn.model.layers.fields import L2, Activation, Count

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Dense(Layer):
    """``activation(x @ kernel + bias)`` with ``kernel`` ``[inputs, units]``.

    In text: ``dense(units, act=relu, l2=...)``.

    Attributes:
      units: Number of outputs.
      activation: One of ``fields.ACTIVATION_FUNCTIONS``.
      l2: Overrides the training's L2 coefficient for this kernel; None keeps it.
    """

    units: Count
    activation: Activation = "relu"
    l2: L2 = None

    word = kind = "dense"
    window = None
    reads_all_positions = True
    looks_across_batch = only_passes_on = False

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(units,)``."""
        if len(input_shape) != 1:
            raise InputError(
                f"needs flat input, found maps of shape {input_shape}: put flatten before it"
            )
        return (self.units,)

    def weights(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """``kernel`` and ``bias``."""
        shape = (input_shape[0], self.units)
        kernel = LayerTensor(shape, Fans(*shape), input_axis=-2)
        return {"kernel": kernel, "bias": LayerTensor((self.units,), 0.0)}

    def carried(self, order: Sequence[int], input_shape: Shape) -> None:
        """None: a unit reads all inputs."""

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.matmul``."""
        import tensorflow as tf

        return tf.matmul(call.inputs, tf.cast(call.tensors["kernel"], call.inputs.dtype))

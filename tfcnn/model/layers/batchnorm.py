"""Batch normalisation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.model.layers.base import Call, Layer, LayerTensor, Shape
from tfcnn.model.layers.fields import Activation, Positive, Share

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class BatchNorm(Layer):
    """``activation(scale * (x - mean) / sqrt(variance + epsilon) + offset)`` a channel.

    In text: ``batchnorm(act=linear, momentum=0.9, epsilon=0.001)``.
    Training takes mean and variance from the batch and moves the stored ones towards them,
    ``moving <- momentum * moving + (1 - momentum) * batch``; inference, and a
    training that freezes scale and offset, use the stored ones.
    Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
    """

    activation: Activation = "linear"
    momentum: Share = 0.9
    epsilon: Positive = 1e-3

    word = kind = "batchnorm"
    window = None
    reads_all_positions = only_passes_on = False
    looks_across_batch = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        return input_shape

    def weights(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """``scale`` and ``offset``, one value a channel."""
        shape = input_shape[-1:]
        return {"scale": LayerTensor(shape, 1.0), "offset": LayerTensor(shape, 0.0)}

    def state(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """``moving_mean`` and ``moving_variance``, one value a channel."""
        shape = input_shape[-1:]
        return {"moving_mean": LayerTensor(shape, 0.0), "moving_variance": LayerTensor(shape, 1.0)}

    def multiply_adds(self, input_shape: Shape) -> int:
        """One for each value."""
        return math.prod(input_shape)

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """Each channel is normalised by itself."""
        return list(order)

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.nn.batch_normalization``, in float32 whatever the type of the inputs."""
        import tensorflow as tf

        mean, variance = call.tensors["moving_mean"], call.tensors["moving_variance"]
        values = tf.cast(call.inputs, tf.float32)
        if call.mode is not None and call.name not in call.mode.at_rest:
            mean, variance = tf.nn.moments(values, axes=list(range(len(call.inputs.shape) - 1)))
            for part, batch in (("moving_mean", mean), ("moving_variance", variance)):
                call.mode.moved[f"{call.name}/{part}"] = (
                    self.momentum * call.tensors[part] + (1 - self.momentum) * batch
                )
        normalized = tf.nn.batch_normalization(
            values,
            mean,
            variance,
            offset=call.tensors["offset"],
            scale=call.tensors["scale"],
            variance_epsilon=self.epsilon,
        )
        return tf.cast(normalized, call.inputs.dtype)

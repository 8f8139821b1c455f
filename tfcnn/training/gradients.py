"""The gradients of one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.model.network import Network
from tfcnn.model.operations import TrainingMode
from tfcnn.training import losses
from tfcnn.training.config import TrainConfig
from tfcnn.training.parts import in_parts, seed_of_part

_PRECISIONS = {
    "float32": tf.float32,
    "mixed_bfloat16": tf.bfloat16,
    "mixed_float16": tf.float16,
}


class BatchGradients(NamedTuple):
    """What one batch says.

    Attributes:
      gradients: Path of a weight -> float32 of its shape, of mean cross-entropy plus penalty.
      moved: Path of a moving mean or variance -> its next value.
      loss: float32 scalar, the sum of the cross-entropies, in nats.
      correct: int32 scalar, how many images were classified rightly.
      l2_penalty: float32 scalar.
    """

    gradients: dict[str, tf.Tensor]
    moved: dict[str, tf.Tensor]
    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor


GradientsOf: TypeAlias = Callable[..., BatchGradients]


def make_gradients_of(network: Network, config: TrainConfig, parts: int) -> GradientsOf:
    """The function that differentiates the loss of a batch by every weight.

    Args:
      network: Whose weights.
      config: Its ``l2``, ``precision`` and ``jit`` are read.
      parts: Into how many parts the batch is cut; 1 with ``jit``, which needs fixed shapes.

    Returns:
      A function of ``images`` (float32 [batch, height, width, channels] in [0, 1]), ``labels``
      (int32 [batch]), ``seed`` (int32 [2], of this step's dropout) and ``scale`` (float32 scalar,
      a factor on all gradients).
    """
    weights = network.weights
    l2 = losses.l2_coefficients(network, config.l2)
    precision = _PRECISIONS[config.precision]

    def gradients_of(
        images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor, scale: tf.Tensor
    ) -> BatchGradients:
        moved: dict[str, tf.Tensor] = {}

        def logits_of(number: int, part: tf.Tensor) -> tf.Tensor:
            return network(part, TrainingMode(seed_of_part(seed, number, parts), precision, moved))

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(weights.values()))
            logits = in_parts(logits_of, images, 1 if config.jit else parts)
            cross_entropies = losses.cross_entropy(logits, labels)
            penalty = losses.l2_penalty(weights, l2)
            scaled_loss = scale * (tf.reduce_mean(cross_entropies) + penalty)
        gradients = tape.gradient(scaled_loss, dict(weights))
        predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
        correct = tf.math.count_nonzero(predictions == labels, dtype=tf.int32)
        return BatchGradients(gradients, moved, tf.reduce_sum(cross_entropies), correct, penalty)

    if config.jit:
        return tf.function(gradients_of, jit_compile=True, autograph=False)
    return gradients_of

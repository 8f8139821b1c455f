"""The gradients of one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.distributed.parts import Share
from tfcnn.distributed.replicas import summed
from tfcnn.model.forward import TrainingMode
from tfcnn.model.network import Network
from tfcnn.training import losses
from tfcnn.training.config import TrainConfig

_PRECISIONS = {
    "float32": tf.float32,
    "mixed_bfloat16": tf.bfloat16,
    "mixed_float16": tf.float16,
}


class BatchGradients(NamedTuple):
    """What one batch says, or one replica's share of it.

    Attributes:
      gradients: Path of a weight -> float32 of its shape, of mean cross-entropy plus penalty. Those
        of a share are its part of the sum.
      moved: Path of a moving mean or variance -> its next value.
      loss: float32 scalar, the sum of the cross-entropies, in nats.
      correct: int32 scalar, how many images were classified rightly.
      l2_penalty: float32 scalar, the whole one also for a share.
    """

    gradients: dict[str, tf.Tensor]
    moved: dict[str, tf.Tensor]
    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor


GradientsOf: TypeAlias = Callable[..., BatchGradients]


def make_gradients_of(network: Network, config: TrainConfig) -> GradientsOf:
    """The function that differentiates the loss of a batch, or of a share of it, by every weight.

    Args:
      network: Whose weights.
      config: Its ``l2``, ``precision`` and ``jit`` are read.

    Returns:
      A function of ``images`` (float32 [count, height, width, channels] in [0, 1]), ``labels``
      (int32 [count]), ``seed`` (int32 [2], of this step's dropout), ``scale`` (float32 scalar,
      a factor on all gradients), ``batch_size`` (int32 scalar, the images of all replicas) and
      ``share``, to which the images belong. With ``jit``, which needs fixed shapes, a share is
      one part.
    """
    weights = network.weights
    l2 = losses.l2_coefficients(network, config.l2)
    precision = _PRECISIONS[config.precision]

    def gradients_of(
        images: tf.Tensor,
        labels: tf.Tensor,
        seed: tf.Tensor,
        scale: tf.Tensor,
        batch_size: tf.Tensor,
        share: Share,
    ) -> BatchGradients:
        moved: dict[str, tf.Tensor] = {}

        def logits_of(number: int, part: tf.Tensor) -> tf.Tensor:
            return network(part, TrainingMode(share.seed_of_part(seed, number), precision, moved))

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(weights.values()))
            logits = share.in_parts(logits_of, images)
            cross_entropies = losses.cross_entropy(logits, labels)
            penalty = losses.l2_penalty(weights, l2)
            mean = tf.reduce_sum(cross_entropies) / tf.cast(batch_size, tf.float32)
            scaled_loss = scale * (mean + penalty / share.replicas)
        gradients = tape.gradient(scaled_loss, dict(weights))
        predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
        correct = tf.math.count_nonzero(predictions == labels, dtype=tf.int32)
        return BatchGradients(gradients, moved, tf.reduce_sum(cross_entropies), correct, penalty)

    return _compiled(gradients_of) if config.jit else gradients_of


def _compiled(gradients_of: GradientsOf) -> GradientsOf:
    """By XLA, which needs fixed shapes, so a share is one part."""

    @tf.function(jit_compile=True, autograph=False)
    def of_replica(replica: tf.Tensor, replicas: int, *arguments: tf.Tensor) -> BatchGradients:
        return gradients_of(*arguments, Share(1, replica, replicas))

    def of_share(*arguments: Any) -> BatchGradients:
        *tensors, share = arguments
        return of_replica(tf.convert_to_tensor(share.replica), share.replicas, *tensors)

    return of_share


def summed_over_replicas(share: BatchGradients) -> BatchGradients:
    """What the whole batch says, from the shares of all replicas."""
    gradients, loss, correct = summed((share.gradients, share.loss, share.correct))
    return share._replace(gradients=gradients, loss=loss, correct=correct)

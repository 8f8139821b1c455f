"""Loss and accuracy over images that are only looked at; replicas share the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.distributed.replicas import all_reduce_sum, on_every_replica, shard_of_this_replica
from tfcnn.model.finite import check_network_values
from tfcnn.model.network import Network
from tfcnn.model.reading import IMAGES_A_CALL, levels_as_floats
from tfcnn.training.losses import Loss, cross_entropy


class Evaluation(NamedTuple):
    """Mean loss, of cross-entropies in nats; share of images classified rightly, in [0, 1]."""

    loss: float
    accuracy: float


Evaluate: TypeAlias = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.int32]], Evaluation]


def compile_evaluate(network: Network, parts: int = 1, loss: Loss = cross_entropy) -> Evaluate:
    """Compiles the evaluation of ``network``; its weights are read anew at every call.

    Args:
      network: The network.
      parts: Into how many parts each replica cuts its shard: ``threads.parts_of_a_batch``.
      loss: Of which the mean is told; a training tells that of its own.

    Returns:
      A function of images (uint8 [count, height, width, channels]) and labels (int32 [count]),
      that counts every image, the last incomplete batch included, and raises InputError where a
      weight is not finite.
    """

    def sums_of_shard(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shard = shard_of_this_replica(parts)
        images, labels = shard.of(images), shard.of(labels)
        logits = shard.in_parts(lambda _, part: network(levels_as_floats(part)), images)
        hits = tf.argmax(logits, axis=1, output_type=tf.int32) == labels
        total = tf.reduce_sum(loss(logits, labels))
        return all_reduce_sum((total, tf.math.count_nonzero(hits)))

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, *network.input_shape], tf.uint8),
            tf.TensorSpec([None], tf.int32),
        ],
        autograph=False,
    )
    def sums(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return on_every_replica(sums_of_shard, images, labels)

    def evaluate(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32]) -> Evaluation:
        check_network_values(network.tensors())
        total, correct = 0.0, 0
        for start in range(0, len(images), IMAGES_A_CALL):
            part = slice(start, start + IMAGES_A_CALL)
            part_loss, part_correct = sums.get_concrete_function()(
                tf.constant(images[part], tf.uint8), tf.constant(labels[part], tf.int32)
            )
            total += float(part_loss)
            correct += int(part_correct)
        return Evaluation(total / len(images), correct / len(images))

    return evaluate

"""What one replica's shard of a batch says of the loss: its value, and its gradients."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from tfcnn.distributed.replicas import local_replicas
from tfcnn.distributed.shards import Shard
from tfcnn.distributed.threads import parts_of_a_batch
from tfcnn.model.forward import TrainingMode
from tfcnn.model.network import Network
from tfcnn.training import losses
from tfcnn.training.config import PRECISIONS, TrainConfig
from tfcnn.training.frozen import frozen_paths, layers_at_rest
from tfcnn.training.losses import Loss


@dataclasses.dataclass(frozen=True)
class StepChoices:
    """What is settled when a step is compiled.

    Attributes:
      config: The choices of the training.
      parts: Into how many parts a replica cuts its shard: ``threads.parts_of_a_batch``.
      loss: What is made small, besides the penalty.
      frozen: The paths of the weights that stay as they are.
      norms: Whether the norm of each weight's gradient is told.
    """

    config: TrainConfig
    parts: int = 1
    loss: Loss = losses.cross_entropy
    frozen: frozenset[str] = frozenset()
    norms: bool = False

    def moving(self, network: Network) -> dict[str, tf.Variable]:
        """Path -> variable, the weights that learn, in the order of the layers."""
        return {path: v for path, v in network.weights.items() if path not in self.frozen}


def step_choices(
    network: Network, config: TrainConfig, loss: Loss, frozen: Sequence[str], norms: bool
) -> StepChoices:
    """The choices of a training in the strategy in scope, in as many parts as it has cores for.

    Raises:
      InputError: The loss gives something else than float32 [batch], or a pattern fits nothing.
    """
    losses.check_loss(loss, network.classes)
    images = config.batch_size // tf.distribute.get_strategy().num_replicas_in_sync
    parts = parts_of_a_batch(network.architecture, images, local_replicas())
    return StepChoices(config, parts, loss, frozen_paths(network, frozen), norms)


class ShardGradients(NamedTuple):
    """What one replica's shard of a batch says; without several replicas that is the whole batch.

    Attributes:
      gradients: Path of a weight that learns -> float32 of its shape, this shard's part of the
        gradient of mean loss plus penalty, times the loss scale.
      moved: Path of a moving mean or variance -> its next value.
      loss: float32 scalar, the sum of the shard's losses; of cross-entropies, in nats.
      correct: int32 scalar, how many of its images were classified rightly.
      l2_penalty: float32 scalar, the whole one on every replica.
    """

    gradients: dict[str, tf.Tensor]
    moved: dict[str, tf.Tensor]
    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor


def shard_gradients(
    network: Network,
    choices: StepChoices,
    shard: Shard,
    images: tf.Tensor,
    labels: tf.Tensor,
    seed: tf.Tensor,
    batch_size: tf.Tensor,
    scale: tf.Tensor,
) -> ShardGradients:
    """Differentiates the loss of a shard of a batch by every weight that learns.

    Args:
      network: Whose weights.
      choices: Loss, frozen weights, L2 coefficient and precision.
      shard: To which the images belong.
      images: float32 [count, height, width, channels] in [0, 1].
      labels: int32 [count].
      seed: int32 [2], of this step's dropout.
      batch_size: int32 scalar, the images of all shards.
      scale: float32 scalar, a factor on all gradients.
    """
    weights = choices.moving(network)
    copies: list[dict[str, tf.Tensor]] = []
    moved: dict[str, tf.Tensor] = {}
    precision = tf.as_dtype(PRECISIONS[choices.config.precision])
    at_rest = layers_at_rest(network, choices.frozen)

    def logits_of(number: int, part: tf.Tensor) -> tf.Tensor:
        part_seed = shard.seed_of_part(seed, number)
        mode = TrainingMode(part_seed, precision, moved, at_rest, copy_of_weights())
        return network(part, mode)

    def copy_of_weights() -> dict[str, tf.Tensor]:
        copies.append({path: tf.identity(weight) for path, weight in weights.items()})
        tape.watch(copies[-1])
        return copies[-1]

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        logits = shard.in_parts(logits_of, images)
        loss = tf.reduce_sum(choices.loss(logits, labels))
        coefficients = losses.l2_coefficients(network, choices.config.l2)
        penalty = losses.l2_penalty(
            copy_of_weights(),
            {path: value for path, value in coefficients.items() if path in weights},
        )
        mean = loss / tf.cast(batch_size, tf.float32)
        scaled_loss = scale * (mean + penalty / shard.replicas)
    # A loss of one's own need not depend on every weight.
    zero = tf.UnconnectedGradients.ZERO
    *parts, of_penalty = tape.gradient(scaled_loss, copies, unconnected_gradients=zero)
    # The second place of the penalty is that of version 0.1.0, whose runs go on to the same bytes.
    terms = [parts[0], of_penalty, *parts[1:]]
    gradients = {path: _sum_in_order([term[path] for term in terms]) for path in weights}
    predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
    correct = tf.math.count_nonzero(predictions == labels, dtype=tf.int32)
    return ShardGradients(gradients, moved, loss, correct, penalty)


def _sum_in_order(terms: Sequence[tf.Tensor]) -> tf.Tensor:
    """The sum of tensors of one shape, one after the other.

    Left to a tape, which takes ``tf.add_n``, or to ``+``, which Grappler may turn into that, three
    terms were added in an order that differed from process to process (TensorFlow 2.21), whatever
    ``enable_op_determinism`` says; and float32 rounds each order in its own way.
    """
    return tf.reduce_sum(tf.stack(terms), axis=0)

"""Many training steps in one compiled call, so that Python is not in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.model.network import Network
from tfcnn.model.operations import TrainingMode
from tfcnn.training import losses
from tfcnn.training.optimizers import Optimizer


class StepTotals(NamedTuple):
    """Sums over the images of several steps.

    Attributes:
      loss: float32 scalar, the sum of the cross-entropies, in nats.
      correct: int32 scalar, how many images were classified rightly.
      l2_penalty: float32 scalar, the penalty before the last step.
    """

    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor


TrainSteps: TypeAlias = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], StepTotals]


def as_floats(images: tf.Tensor) -> tf.Tensor:
    """uint8 grey levels 0 to 255 as float32 in [0, 1]."""
    return tf.cast(images, tf.float32) / 255.0


def compile_train_steps(
    network: Network,
    optimizer: Optimizer,
    l2: Mapping[str, float],
    images: tf.Tensor,
    labels: tf.Tensor,
    seed: int,
) -> TrainSteps:
    """Compiles the inner loop of a training.

    Args:
      network: Its weights and moving statistics are changed by the steps.
      optimizer: Made for the network's weights.
      l2: Path of a kernel -> its L2 coefficient.
      images: uint8 [count, height, width, channels], all training images.
      labels: int32 [count].
      seed: The training's seed, for dropout.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    weights = network.weights

    def gradients_of(batch: tf.Tensor, step: tf.Tensor) -> tuple[dict[str, tf.Tensor], StepTotals]:
        mode = TrainingMode(seed=tf.stack([seed, tf.cast(step, tf.int32)]))
        batch_labels = tf.gather(labels, batch)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(weights.values()))
            logits = network(as_floats(tf.gather(images, batch)), mode)
            cross_entropies = losses.cross_entropy(logits, batch_labels)
            penalty = losses.l2_penalty(weights, l2)
            loss = tf.reduce_mean(cross_entropies) + penalty
        gradients = tape.gradient(loss, dict(weights))
        for path, value in mode.moved.items():
            network.state[path].assign(value)
        predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
        correct = tf.math.count_nonzero(predictions == batch_labels, dtype=tf.int32)
        return gradients, StepTotals(tf.reduce_sum(cross_entropies), correct, penalty)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([], tf.int64),
        ]
    )
    def train_steps(
        batches: tf.Tensor, learning_rates: tf.Tensor, first_step: tf.Tensor
    ) -> StepTotals:
        totals = StepTotals(tf.constant(0.0), tf.constant(0), tf.constant(0.0))
        for row in tf.range(tf.shape(batches)[0]):
            step = first_step + tf.cast(row, tf.int64)
            gradients, values = gradients_of(batches[row], step)
            optimizer.apply(gradients, learning_rates[row], step)
            totals = StepTotals(
                totals.loss + values.loss, totals.correct + values.correct, values.l2_penalty
            )
        return totals

    return train_steps

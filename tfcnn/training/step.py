"""Many training steps in one compiled call, so that Python is not in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.model.network import Network
from tfcnn.model.operations import TrainingMode
from tfcnn.training import losses
from tfcnn.training.config import TrainConfig
from tfcnn.training.optimizers import Optimizer
from tfcnn.training.parts import in_parts


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
    images: tf.Tensor,
    labels: tf.Tensor,
    config: TrainConfig,
    parts: int = 1,
) -> TrainSteps:
    """Compiles the inner loop of a training.

    Args:
      network: Its weights and moving statistics are changed by the steps.
      optimizer: Made for the network's weights.
      images: uint8 [count, height, width, channels], all training images.
      labels: int32 [count].
      config: Its ``l2`` and ``seed`` are read.
      parts: Into how many parts each batch is cut: ``threads.parts_of_a_batch``.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    weights = network.weights
    l2 = losses.l2_coefficients(network, config.l2)

    def gradients_of(batch: tf.Tensor, step: tf.Tensor) -> tuple[dict[str, tf.Tensor], StepTotals]:
        moved: dict[str, tf.Tensor] = {}

        def logits_of(number: int, part: tf.Tensor) -> tf.Tensor:
            seed = tf.stack([config.seed, tf.cast(step, tf.int32) * parts + number])
            return network(as_floats(tf.gather(images, part)), TrainingMode(seed, moved=moved))

        batch_labels = tf.gather(labels, batch)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(weights.values()))
            logits = in_parts(logits_of, batch, parts)
            cross_entropies = losses.cross_entropy(logits, batch_labels)
            penalty = losses.l2_penalty(weights, l2)
            loss = tf.reduce_mean(cross_entropies) + penalty
        gradients = tape.gradient(loss, dict(weights))
        for path, value in moved.items():
            network.state[path].assign(value)
        predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
        correct = tf.math.count_nonzero(predictions == batch_labels, dtype=tf.int32)
        return gradients, StepTotals(tf.reduce_sum(cross_entropies), correct, penalty)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([], tf.int64),
        ],
        autograph=False,  # Nothing here needs it, and it doubles the time to the first step.
    )
    def train_steps(
        batches: tf.Tensor, learning_rates: tf.Tensor, first_step: tf.Tensor
    ) -> StepTotals:
        def one_step(row: tf.Tensor, totals: StepTotals) -> tuple[tf.Tensor, StepTotals]:
            step = first_step + tf.cast(row, tf.int64)
            gradients, values = gradients_of(batches[row], step)
            optimizer.apply(gradients, learning_rates[row], step)
            return row + 1, StepTotals(
                totals.loss + values.loss, totals.correct + values.correct, values.l2_penalty
            )

        _, totals = tf.while_loop(
            lambda row, _: row < tf.shape(batches)[0],
            one_step,
            (tf.constant(0), StepTotals(tf.constant(0.0), tf.constant(0), tf.constant(0.0))),
            parallel_iterations=1,
        )
        return totals

    return train_steps

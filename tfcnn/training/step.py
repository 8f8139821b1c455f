"""Many training steps in one compiled call, so that Python is not in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.model.network import Network
from tfcnn.training.augmentation import augmented
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import BatchGradients, make_gradients_of
from tfcnn.training.loss_scale import LossScale
from tfcnn.training.optimizers import Optimizer
from tfcnn.training.parts import in_parts, seed_of_part


class StepTotals(NamedTuple):
    """Sums over the images of several steps.

    Attributes:
      loss: float64 scalar, the sum of the cross-entropies, in nats. Sums of float32 numbers are
        exact in it, so however a training is cut into calls, its history is the same.
      correct: int32 scalar, how many images were classified rightly.
      l2_penalty: float32 scalar, the penalty before the last step.
      steps: int32 scalar, how many were taken: fewer than asked for if the last one's loss or
        penalty was not a finite number.
    """

    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor
    steps: tf.Tensor


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
    loss_scale: LossScale | None = None,
    parts: int = 1,
) -> TrainSteps:
    """Compiles the inner loop of a training.

    Args:
      network: Its weights and moving statistics are changed by the steps.
      optimizer: Made for the network's weights.
      images: uint8 [count, height, width, channels], all training images.
      labels: int32 [count].
      config: The choices; batch size, epochs and schedule are the caller's business.
      loss_scale: For ``precision=mixed_float16``.
      parts: Into how many parts each batch is cut: ``threads.parts_of_a_batch``.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    gradients_of = make_gradients_of(network, config, parts)

    def prepared(batch: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        def part_of(number: int, part: tf.Tensor) -> tf.Tensor:
            floats = as_floats(tf.gather(images, part))
            return augmented(floats, seed_of_part(seed, number, parts), config)

        return in_parts(part_of, batch, parts)

    def move(batch: BatchGradients, learning_rate: tf.Tensor, step: tf.Tensor) -> None:
        gradients = batch.gradients
        if config.clip_norm:
            shortened, _ = tf.clip_by_global_norm(list(gradients.values()), config.clip_norm)
            gradients = dict(zip(gradients, shortened, strict=True))
        optimizer.apply(gradients, learning_rate, step)
        for path, value in batch.moved.items():
            network.state[path].assign(value)

    def one_step(row_of_images: tf.Tensor, learning_rate: tf.Tensor, step: tf.Tensor) -> StepTotals:
        seed = tf.stack([config.seed, tf.cast(step, tf.int32)])
        pixels, right = prepared(row_of_images, seed), tf.gather(labels, row_of_images)
        if loss_scale is None:
            batch = gradients_of(pixels, right, seed, tf.constant(1.0))
            move(batch, learning_rate, step)
        else:
            batch = gradients_of(pixels, right, seed, loss_scale.factor)
            batch = batch._replace(gradients=loss_scale.unscaled(batch.gradients))
            tf.cond(
                loss_scale.accepts(batch.gradients),
                lambda: move(batch, learning_rate, step),
                lambda: None,
            )
        return StepTotals(batch.loss, batch.correct, batch.l2_penalty, tf.constant(1))

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
        def goes_on(totals: StepTotals) -> tf.Tensor:
            finite = tf.math.is_finite(tf.cast(totals.loss, tf.float32) + totals.l2_penalty)
            return finite & (totals.steps < tf.shape(batches)[0])

        def with_next(totals: StepTotals) -> list[StepTotals]:
            row = totals.steps
            found = one_step(batches[row], learning_rates[row], first_step + tf.cast(row, tf.int64))
            return [
                StepTotals(
                    totals.loss + tf.cast(found.loss, tf.float64),
                    totals.correct + found.correct,
                    found.l2_penalty,
                    totals.steps + found.steps,
                )
            ]

        nothing = StepTotals(
            tf.constant(0.0, tf.float64), tf.constant(0), tf.constant(0.0), tf.constant(0)
        )
        return tf.while_loop(goes_on, with_next, [nothing], parallel_iterations=1)[0]

    return train_steps

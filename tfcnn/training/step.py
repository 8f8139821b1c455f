"""Many training steps in one compiled call, so that Python is not in the way.

Under a ``tf.distribute`` strategy every replica takes its share of each batch, the gradients are
summed over all, and every device moves its copy of the weights by the same sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfcnn.distributed.replicas import on_every_replica, share_of_this_replica, update
from tfcnn.model.network import Network
from tfcnn.training.augmentation import augmented
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import BatchGradients, make_gradients_of, summed_over_replicas
from tfcnn.training.loss_scale import LossScale
from tfcnn.training.optimizers import Optimizer


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
      images: uint8 [count, height, width, channels], all training images, a copy on each device.
      labels: int32 [count], likewise.
      config: The choices; batch size, epochs and schedule are the caller's business.
      loss_scale: For ``precision=mixed_float16``.
      parts: Into how many parts each replica cuts its share: ``threads.parts_of_a_batch``.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    gradients_of = make_gradients_of(network, config)
    move = _make_move(network, optimizer, config.clip_norm, loss_scale)
    some_weight = next(iter(network.weights.values()))

    def one_step(
        images: tf.Tensor,
        labels: tf.Tensor,
        row_of_images: tf.Tensor,
        learning_rate: tf.Tensor,
        step: tf.Tensor,
    ) -> StepTotals:
        """What a replica does in a step; its totals are those of the whole batch."""
        share = share_of_this_replica(parts)
        own = share.of(row_of_images)
        seed = tf.stack([config.seed, tf.cast(step, tf.int32)])

        def part_of(number: int, part: tf.Tensor) -> tf.Tensor:
            floats = as_floats(tf.gather(images, part))
            return augmented(floats, share.seed_of_part(seed, number), config)

        pixels, right = share.in_parts(part_of, own), tf.gather(labels, own)
        scale = tf.constant(1.0) if loss_scale is None else tf.identity(loss_scale.factor)
        batch_size = tf.shape(row_of_images)[0]
        batch = summed_over_replicas(gradients_of(pixels, right, seed, scale, batch_size, share))
        update(some_weight, move, batch, learning_rate, step)
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
            found = on_every_replica(
                one_step,
                images,
                labels,
                batches[row],
                learning_rates[row],
                first_step + tf.cast(row, tf.int64),
            )
            return [_added(totals, found)]

        nothing = StepTotals(
            tf.constant(0.0, tf.float64), tf.constant(0), tf.constant(0.0), tf.constant(0)
        )
        return tf.while_loop(goes_on, with_next, [nothing], parallel_iterations=1)[0]

    return train_steps


def _make_move(
    network: Network, optimizer: Optimizer, clip_norm: float, loss_scale: LossScale | None
) -> Callable[[BatchGradients, tf.Tensor, tf.Tensor], None]:
    """A function of a whole batch's gradients, learning rate and step that changes the variables.

    With a loss scale it leaves out a batch whose gradients overflowed.
    """

    def move(batch: BatchGradients, learning_rate: tf.Tensor, step: tf.Tensor) -> None:
        gradients = batch.gradients
        if clip_norm:
            shortened, _ = tf.clip_by_global_norm(list(gradients.values()), clip_norm)
            gradients = dict(zip(gradients, shortened, strict=True))
        optimizer.apply(gradients, learning_rate, step)
        for path, value in batch.moved.items():
            network.state[path].assign(value)

    if loss_scale is None:
        return move

    def move_if_finite(batch: BatchGradients, learning_rate: tf.Tensor, step: tf.Tensor) -> None:
        batch = batch._replace(gradients=loss_scale.unscaled(batch.gradients))
        tf.cond(
            loss_scale.accepts(batch.gradients),
            lambda: move(batch, learning_rate, step - loss_scale.left_out),
            lambda: None,
        )

    return move_if_finite


def _added(totals: StepTotals, found: StepTotals) -> StepTotals:
    """``totals`` with those of one further step, whose loss is float32."""
    return StepTotals(
        totals.loss + tf.cast(found.loss, tf.float64),
        totals.correct + found.correct,
        found.l2_penalty,
        totals.steps + found.steps,
    )

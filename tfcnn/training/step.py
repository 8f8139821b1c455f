"""One training step, and many of them in one compiled call, so that Python is not in the way.

Under a ``tf.distribute`` strategy every replica takes its shard of each batch, the gradients are
summed over all, and every device applies the same sum to its copy of the weights.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tfcnn.distributed.replicas import (
    all_reduce_sum,
    on_every_replica,
    shard_of_this_replica,
    update,
)
from tfcnn.distributed.shards import Shard
from tfcnn.model.forward import TrainingMode
from tfcnn.model.network import Network
from tfcnn.model.reading import levels_as_floats
from tfcnn.training import losses
from tfcnn.training.augmentation import augmented
from tfcnn.training.config import PRECISIONS, TrainConfig
from tfcnn.training.loss_scale import LossScale
from tfcnn.training.optimizers import Optimizer


class TrainState(NamedTuple):
    """All that the steps of a training change, and so all that a checkpoint has to hold.

    Attributes:
      network: Its weights and moving statistics.
      optimizer: Made for the network's weights.
      loss_scale: For ``precision=mixed_float16``.
    """

    network: Network
    optimizer: Optimizer
    loss_scale: LossScale | None = None


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

    def plus(self, one: StepTotals) -> StepTotals:
        """These with those of ``one`` further step, whose loss is float32."""
        return StepTotals(
            self.loss + tf.cast(one.loss, tf.float64),
            self.correct + one.correct,
            one.l2_penalty,
            self.steps + one.steps,
        )


class ShardGradients(NamedTuple):
    """What one replica's shard of a batch says; without several replicas that is the whole batch.

    Attributes:
      gradients: Path of a weight -> float32 of its shape, this shard's part of the gradient of
        mean cross-entropy plus penalty, times the loss scale.
      moved: Path of a moving mean or variance -> its next value.
      loss: float32 scalar, the sum of the shard's cross-entropies, in nats.
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
    config: TrainConfig,
    shard: Shard,
    images: tf.Tensor,
    labels: tf.Tensor,
    seed: tf.Tensor,
    batch_size: tf.Tensor,
    scale: tf.Tensor,
) -> ShardGradients:
    """Differentiates the loss of a shard of a batch by every weight.

    Args:
      network: Whose weights.
      config: Its ``l2`` and ``precision`` are read.
      shard: To which the images belong.
      images: float32 [count, height, width, channels] in [0, 1].
      labels: int32 [count].
      seed: int32 [2], of this step's dropout.
      batch_size: int32 scalar, the images of all shards.
      scale: float32 scalar, a factor on all gradients.
    """
    weights = dict(network.weights)
    moved: dict[str, tf.Tensor] = {}
    precision = tf.as_dtype(PRECISIONS[config.precision])

    def logits_of(number: int, part: tf.Tensor) -> tf.Tensor:
        return network(part, TrainingMode(shard.seed_of_part(seed, number), precision, moved))

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(list(weights.values()))
        logits = shard.in_parts(logits_of, images)
        loss = tf.reduce_sum(losses.cross_entropy(logits, labels))
        penalty = losses.l2_penalty(weights, losses.l2_coefficients(network, config.l2))
        mean = loss / tf.cast(batch_size, tf.float32)
        scaled_loss = scale * (mean + penalty / shard.replicas)
    gradients = tape.gradient(scaled_loss, weights)
    predictions = tf.argmax(logits, axis=1, output_type=tf.int32)
    correct = tf.math.count_nonzero(predictions == labels, dtype=tf.int32)
    return ShardGradients(gradients, moved, loss, correct, penalty)


def train_step(
    state: TrainState,
    config: TrainConfig,
    parts: int,
    images: tf.Tensor,
    labels: tf.Tensor,
    batch: tf.Tensor,
    learning_rate: tf.Tensor,
    step: tf.Tensor,
) -> StepTotals:
    """What a replica does in a step: look, differentiate, sum over the replicas, clip, apply.

    Args:
      state: Changed by the step.
      config: The choices.
      parts: Into how many parts the replica cuts its shard: ``threads.parts_of_a_batch``.
      images: uint8 [count, height, width, channels], all training images.
      labels: int32 [count], likewise.
      batch: int32 [batch_size], which images make the batch of all replicas.
      learning_rate: float32 scalar.
      step: int64 scalar, the number of steps taken before.

    Returns:
      The totals of the whole batch.
    """
    network, _, loss_scale = state
    shard = shard_of_this_replica(parts)
    own = shard.of(batch)
    seed = tf.stack([config.seed, tf.cast(step, tf.int32)])

    def pixels_of(number: int, part: tf.Tensor) -> tf.Tensor:
        floats = levels_as_floats(tf.gather(images, part))
        return augmented(floats, shard.seed_of_part(seed, number), config)

    pixels = shard.in_parts(pixels_of, own)  # [own images, height, width, channels]
    scale = tf.constant(1.0) if loss_scale is None else tf.identity(loss_scale.factor)
    differentiate = _shard_gradients_by_xla if config.jit else shard_gradients
    right, batch_size = tf.gather(labels, own), tf.shape(batch)[0]
    found = differentiate(network, config, shard, pixels, right, seed, batch_size, scale)
    gradients, loss, correct = all_reduce_sum((found.gradients, found.loss, found.correct))
    apply = functools.partial(apply_gradients, state, config.clip_norm)
    some_weight = next(iter(network.weights.values()))
    update(some_weight, apply, gradients, found.moved, learning_rate, step)
    return StepTotals(loss, correct, found.l2_penalty, tf.constant(1))


def apply_gradients(
    state: TrainState,
    clip_norm: float,
    gradients: dict[str, tf.Tensor],
    moved: dict[str, tf.Tensor],
    learning_rate: tf.Tensor,
    step: tf.Tensor,
) -> None:
    """Changes the variables by the gradients of a whole batch, clipped to ``clip_norm`` unless 0.

    With a loss scale, which the gradients are still multiplied by, a batch is left out if some of
    them overflowed. The other arguments are as in ``train_step`` and ``ShardGradients``.
    """
    network, optimizer, loss_scale = state

    def apply(gradients: dict[str, tf.Tensor], step: tf.Tensor) -> None:
        if clip_norm:
            clipped, _ = tf.clip_by_global_norm(list(gradients.values()), clip_norm)
            gradients = dict(zip(gradients, clipped, strict=True))
        optimizer.apply(gradients, learning_rate, step)
        for path, value in moved.items():
            network.state[path].assign(value)

    if loss_scale is None:
        apply(gradients, step)
    else:
        unscaled = loss_scale.unscaled(gradients)
        tf.cond(
            loss_scale.accepts(unscaled),
            lambda: apply(unscaled, step - loss_scale.left_out),
            lambda: None,
        )


def compile_train_steps(
    state: TrainState, images: tf.Tensor, labels: tf.Tensor, config: TrainConfig, parts: int = 1
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], StepTotals]:
    """Compiles the loop over ``train_step``, whose arguments these are.

    ``images`` and ``labels`` are on each device; batch size, epochs and schedule are the caller's
    business.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    one_step = functools.partial(train_step, state, config, parts)

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
            step = first_step + tf.cast(row, tf.int64)
            inputs = images, labels, batches[row], learning_rates[row], step
            return [totals.plus(on_every_replica(one_step, *inputs))]

        nothing = StepTotals(
            tf.constant(0.0, tf.float64), tf.constant(0), tf.constant(0.0), tf.constant(0)
        )
        return tf.while_loop(goes_on, with_next, [nothing], parallel_iterations=1)[0]

    return train_steps


def _shard_gradients_by_xla(
    network: Network, config: TrainConfig, shard: Shard, *tensors: tf.Tensor
) -> ShardGradients:
    """``shard_gradients`` by XLA, in the same parts: each has random numbers of its own."""
    function = functools.partial(shard_gradients, network, config, shard)
    return tf.function(function, jit_compile=True, autograph=False)(*tensors)

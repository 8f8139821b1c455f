"""One training step, and many of them in one compiled call, so that Python is not in the way.

Under a ``tf.distribute`` strategy every replica takes its shard of each batch, the gradients are
summed over all, and every device applies the same sum to its copy of the weights.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import tensorflow as tf

from tfcnn.distributed.replicas import (
    all_reduce_sum,
    on_every_replica,
    shard_of_this_replica,
    update,
)
from tfcnn.distributed.shards import Shard
from tfcnn.model.network import Network
from tfcnn.model.reading import levels_as_floats
from tfcnn.training.augmentation import augmented
from tfcnn.training.gradients import ShardGradients, StepChoices, shard_gradients
from tfcnn.training.loss_scale import LossScale
from tfcnn.training.optimizers import Optimizer, make_optimizer


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


def make_state(network: Network, choices: StepChoices) -> TrainState:
    """A network with a new optimizer for its weights that learn."""
    optimizer = make_optimizer(choices.moving(network), choices.config)
    mixed = choices.config.precision == "mixed_float16"
    return TrainState(network, optimizer, LossScale() if mixed else None)


class StepTotals(NamedTuple):
    """Sums over the images of several steps.

    Attributes:
      loss: float64 scalar, the sum of the losses; of cross-entropies, in nats. Sums of float32
        numbers are exact in it, so however a training is cut into calls, its history is the same.
      correct: int32 scalar, how many images were classified rightly.
      l2_penalty: float32 scalar, the penalty before the last step.
      steps: int32 scalar, how many were taken: fewer than asked for if the last one's loss or
        penalty was not a finite number.
      gradient_norms: float64 scalars, one a weight that learns: the sum over the steps of its
        gradient's norm, before it is clipped, L2 included; none if nobody asked.
    """

    loss: tf.Tensor
    correct: tf.Tensor
    l2_penalty: tf.Tensor
    steps: tf.Tensor
    gradient_norms: tuple[tf.Tensor, ...] = ()

    def plus(self, one: StepTotals) -> StepTotals:
        """These with those of ``one`` further step, whose loss and norms are float32."""
        return StepTotals(
            self.loss + tf.cast(one.loss, tf.float64),
            self.correct + one.correct,
            one.l2_penalty,
            self.steps + one.steps,
            tuple(
                total + tf.cast(norm, tf.float64)
                for total, norm in zip(self.gradient_norms, one.gradient_norms, strict=True)
            ),
        )


def train_step(
    state: TrainState,
    choices: StepChoices,
    images: tf.Tensor,
    labels: tf.Tensor,
    batch: tf.Tensor,
    learning_rate: tf.Tensor,
    step: tf.Tensor,
) -> StepTotals:
    """What a replica does in a step: look at its images of the batch, and ``learn`` from them.

    Args:
      state: Changed by the step.
      choices: What is settled when it is compiled.
      images: uint8 [count, height, width, channels], all training images.
      labels: int32 [count], likewise.
      batch: int32 [batch_size], which images make the batch of all replicas.
      learning_rate: float32 scalar.
      step: int64 scalar, the number of steps taken before.

    Returns:
      The totals of the whole batch.
    """
    shard = shard_of_this_replica(choices.parts)
    own = shard.of(batch)

    def pixels_of(part: tf.Tensor) -> tf.Tensor:
        return levels_as_floats(tf.gather(images, part))

    right, batch_size = tf.gather(labels, own), tf.shape(batch)[0]
    return learn(state, choices, shard, pixels_of, own, right, batch_size, learning_rate, step)


def learn(
    state: TrainState,
    choices: StepChoices,
    shard: Shard,
    pixels_of: Callable[[tf.Tensor], tf.Tensor],
    own: tf.Tensor,
    labels: tf.Tensor,
    batch_size: tf.Tensor,
    learning_rate: tf.Tensor,
    step: tf.Tensor,
) -> StepTotals:
    """A replica's step with its images: move, differentiate, sum over the replicas, clip, apply.

    Args:
      state: Changed by the step.
      choices: What is settled when it is compiled.
      shard: Which part of the batch this is.
      pixels_of: From some of ``own`` to float32 [count, height, width, channels] in [0, 1].
      own: [own images, ...], the images, or what stands for them.
      labels: int32 [own images].
      batch_size: int32 scalar, the images of all replicas.
      learning_rate: As in ``train_step``, like ``step``.
      step: The number of steps taken before.
    """
    network, _, loss_scale = state
    seed = tf.stack([choices.config.seed, tf.cast(step, tf.int32)])

    def moved(number: int, part: tf.Tensor) -> tf.Tensor:
        return augmented(pixels_of(part), shard.seed_of_part(seed, number), choices.config)

    pixels = shard.in_parts(moved, own)  # [own images, height, width, channels]
    scale = tf.constant(1.0) if loss_scale is None else tf.identity(loss_scale.factor)
    differentiate = _shard_gradients_by_xla if choices.config.jit else shard_gradients
    found = differentiate(network, choices, shard, pixels, labels, seed, batch_size, scale)
    gradients, loss, correct = all_reduce_sum((found.gradients, found.loss, found.correct))
    norms = _norms(gradients.values(), scale) if choices.norms else ()
    apply = functools.partial(apply_gradients, state, choices.config.clip_norm)
    some_weight = next(iter(network.weights.values()))
    update(some_weight, apply, gradients, found.moved, learning_rate, step)
    return StepTotals(loss, correct, found.l2_penalty, tf.constant(1), norms)


def _norms(gradients: Iterable[tf.Tensor], scale: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """The norm of each gradient of the unscaled loss; 0 where float16 overflowed."""
    norms = [tf.norm(gradient) / scale for gradient in gradients]
    return tuple(tf.where(tf.math.is_finite(norm), norm, 0.0) for norm in norms)


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
    state: TrainState, images: tf.Tensor, labels: tf.Tensor, choices: StepChoices
) -> tf.types.experimental.PolymorphicFunction:
    """Compiles the loop over ``train_step``, whose arguments these are.

    ``images`` and ``labels`` are on each device; batch size, epochs and schedule are the caller's
    business.

    Returns:
      A function of ``batches`` (int32 [steps, batch_size], which images make each step's batch),
      ``learning_rates`` (float32 [steps]) and ``first_step`` (int64 scalar, the number of steps
      taken before). It trains and returns the ``StepTotals``.
    """
    one_step = functools.partial(train_step, state, choices)
    tensors = len(choices.moving(state.network)) if choices.norms else 0

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
            *(tf.constant(0.0, tf.float64), tf.constant(0), tf.constant(0.0), tf.constant(0)),
            gradient_norms=(tf.constant(0.0, tf.float64),) * tensors,
        )
        return tf.while_loop(goes_on, with_next, [nothing], parallel_iterations=1)[0]

    return train_steps


def _shard_gradients_by_xla(
    network: Network, choices: StepChoices, shard: Shard, *tensors: tf.Tensor
) -> ShardGradients:
    """``shard_gradients`` by XLA, in the same parts: each has random numbers of its own."""
    function = functools.partial(shard_gradients, network, choices, shard)
    return tf.function(function, jit_compile=True, autograph=False)(*tensors)

"""One compiled step over any batch, for a training loop of one's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcnn.distributed.replicas import on_every_replica, shard_of_this_replica
from tfcnn.errors import InputError
from tfcnn.model.network import Network
from tfcnn.model.reading import levels_as_floats
from tfcnn.pixels import check_floats
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import step_choices
from tfcnn.training.losses import Loss, cross_entropy
from tfcnn.training.step import StepTotals, learn, make_state


@dataclasses.dataclass(frozen=True)
class StepResult:
    """What a batch said before the step with it.

    Attributes:
      loss: Mean over the images, without the penalty; it may be no finite number.
      accuracy: The share of the images classified rightly, in [0, 1].
      l2_penalty: The L2 penalty.
      gradient_norms: Path of each weight that learns -> its gradient's norm, before it is clipped,
        L2 included; empty if nobody asked.
    """

    loss: float
    accuracy: float
    l2_penalty: float
    gradient_norms: Mapping[str, float]


class TrainStep:
    """The step that ``train`` takes, over any batch and with any rate.

    With ``train``'s batches and rates it moves the weights to the same bytes.

    >>> network = tfcnn.model.Network(tfcnn.model.find("mlp"), (28, 28, 1))
    >>> network.normalize_to(data.train.images)  # As train does before its first step.
    >>> step = tfcnn.training.TrainStep(network, tfcnn.training.TrainConfig(l2=0.001))
    >>> losses = []
    >>> for at in range(0, 400, 50):
    ...     images, labels = data.train.images[at : at + 50], data.train.labels[at : at + 50]
    ...     losses.append(step(images, labels, learning_rate=0.02).loss)
    >>> losses[-1] < losses[0], step.taken
    (True, 8)

    Attributes:
      network: Is changed by each step.
      optimizer: Its ``slots`` are what it remembers; ``tf.train.Checkpoint`` saves it.
      taken: How many steps were taken; with the seed it decides dropout and augmentation.
    """

    def __init__(
        self,
        network: Network,
        config: TrainConfig | None = None,
        *,
        loss: Loss = cross_entropy,
        frozen: Sequence[str] = (),
        norms: bool = False,
    ) -> None:
        """Compiles nothing before the first batch.

        Args:
          network: What is trained.
          config: Optimizer, L2, clipping, augmentation, precision and seed are read; rates, batches
            and epochs are the caller's.
          loss: As ``train`` takes it, like ``frozen``.
          frozen: Paths or patterns of the weights that stay as they are.
          norms: Whether the norms of the gradients are told.

        Raises:
          InputError: The loss gives something else than float32 [batch], or a pattern fits nothing.
        """
        config = config or TrainConfig()
        self._choices = step_choices(network, config, loss, frozen, norms)
        self._state = make_state(network, self._choices)
        self.network, self.optimizer, self.taken = network, self._state.optimizer, 0
        # Grey levels are divided inside, as train does it: compiled it may round in another way.
        self._compiled: dict[tf.DType, tf.types.experimental.ConcreteFunction] = {}

    def __call__(self, images: Any, labels: Any, learning_rate: float) -> StepResult:
        """Takes a step.

        Args:
          images: [batch, height, width, channels], at least one: uint8, or floats in [0, 1].
          labels: Whole numbers [batch].
          learning_rate: Of this step.

        Raises:
          InputError: Images or labels have another shape or type.
        """
        pixels, labels = tf.convert_to_tensor(images), tf.convert_to_tensor(labels)
        name = "float32" if pixels.dtype == tf.uint8 else pixels.dtype.name
        expected = None, *self.network.input_shape
        check_floats("images", name, pixels.shape.as_list(), expected)
        count = len(pixels)
        if not count or labels.shape != [count] or not labels.dtype.is_integer:
            raise InputError(
                f"labels: expected whole numbers [{count or 'count > 0'}], one an image, "
                f"found {labels.dtype.name} {labels.shape.as_list()}"
            )
        pixels = pixels if pixels.dtype == tf.uint8 else tf.cast(pixels, tf.float32)
        if pixels.dtype not in self._compiled:
            self._compiled[pixels.dtype] = self._compile(pixels.dtype)
        totals = self._compiled[pixels.dtype](
            *(pixels, tf.cast(labels, tf.int32)),
            *(tf.constant(learning_rate, tf.float32), tf.constant(self.taken, tf.int64)),
        )
        self.taken += 1
        norms = zip(self._choices.moving(self.network), totals.gradient_norms, strict=False)
        return StepResult(
            loss=float(totals.loss) / count,
            accuracy=int(totals.correct) / count,
            l2_penalty=float(totals.l2_penalty),
            gradient_norms={path: float(norm) for path, norm in norms},
        )

    def _compile(self, dtype: tf.DType) -> tf.types.experimental.ConcreteFunction:
        signature = [
            tf.TensorSpec([None, *self.network.input_shape], dtype),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.float32),
            tf.TensorSpec([], tf.int64),
        ]
        one_step = tf.function(self._one_step, input_signature=signature, autograph=False)
        return one_step.get_concrete_function()

    def _one_step(
        self, images: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor, step: tf.Tensor
    ) -> StepTotals:
        return on_every_replica(self._on_a_replica, images, labels, rate, step)

    def _on_a_replica(
        self, images: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor, step: tf.Tensor
    ) -> StepTotals:
        shard = shard_of_this_replica(self._choices.parts)
        return learn(
            *(self._state, self._choices, shard, levels_as_floats, shard.of(images)),
            *(shard.of(labels), tf.shape(images)[0], rate, step),
        )

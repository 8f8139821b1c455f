"""What the optimizers share: slots, one variable beside each weight."""

from __future__ import annotations

import abc
from collections.abc import Mapping

import tensorflow as tf


class Optimizer(tf.Module, abc.ABC):
    """Moves named weights along their gradients.

    Attributes:
      slots: Path of a weight and name of the slot, ``conv1/kernel/velocity`` -> variable, what
        the optimizer remembers from step to step. All start at 0.
    """

    slot_names: tuple[str, ...] = ()

    def __init__(self, weights: Mapping[str, tf.Variable]) -> None:
        """Makes the slots for ``weights``, path -> variable."""
        super().__init__()
        self._weights = dict(weights)
        self.slots = {
            f"{path}/{slot}": tf.Variable(
                tf.zeros_like(weight), trainable=False, name=f"{path}/{slot}"
            )
            for path, weight in weights.items()
            for slot in self.slot_names
        }

    @abc.abstractmethod
    def apply(
        self, gradients: Mapping[str, tf.Tensor], learning_rate: tf.Tensor, step: tf.Tensor
    ) -> None:
        """Moves every weight by one step.

        Args:
          gradients: Path -> float32 tensor of the weight's shape.
          learning_rate: float32 scalar.
          step: int64 scalar, the number of steps taken before this one.
        """

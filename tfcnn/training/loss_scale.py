"""Keeps small gradients from vanishing in float16."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

GROWTH_STEPS = 2000


class LossScale(tf.Module):
    """A factor on the loss that grows while all gradients are finite, and falls when not.

    A step whose gradients overflowed is left out. The factor starts at ``2**15``, doubles after
    ``GROWTH_STEPS`` steps without an overflow and halves after one, not below 1.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2.

    Attributes:
      factor: float32 scalar variable.
      left_out: int64 scalar variable, how many steps were left out.
    """

    def __init__(self) -> None:
        """Starts at ``2**15``."""
        super().__init__()
        self.factor = tf.Variable(2.0**15, trainable=False, name="loss_scale/factor")
        self.left_out = tf.Variable(0, trainable=False, name="loss_scale/left_out", dtype=tf.int64)
        self._steps_since = tf.Variable(0, trainable=False, name="loss_scale/steps_since")

    def unscaled(self, gradients: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The gradients of the loss from those of the loss times ``factor``."""
        return {path: gradient / self.factor for path, gradient in gradients.items()}

    def accepts(self, gradients: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Moves the factor for the next step.

        Returns:
          bool scalar, whether all gradients are finite.
        """
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients.values()])
        steps = tf.where(finite, self._steps_since + 1, 0)
        grow = steps == GROWTH_STEPS
        risen = tf.where(grow, self.factor * 2.0, self.factor)
        self.factor.assign(tf.where(finite, risen, tf.maximum(self.factor / 2.0, 1.0)))
        self._steps_since.assign(tf.where(grow, 0, steps))
        self.left_out.assign_add(tf.where(finite, tf.constant(0, tf.int64), 1))
        return finite

"""Adam: momentum, divided by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from tfcnn.training.optimizers.base import Optimizer


class Adam(Optimizer):
    """With ``t`` counted from 1:

        m <- beta_1*m + (1-beta_1)*g ; s <- beta_2*s + (1-beta_2)*g^2
        w <- w - lr * sqrt(1-beta_2^t) / (1-beta_1^t) * m / (sqrt(s) + epsilon)

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, in the order
    of computation given at the end of its section 2.
    """  # noqa: D415

    slot_names = ("mean", "mean_square")

    def __init__(
        self,
        weights: Mapping[str, tf.Variable],
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ) -> None:
        """``beta_1`` and ``beta_2`` are from 0 to below 1, ``epsilon`` above 0."""
        super().__init__(weights)
        self._beta_1 = beta_1
        self._beta_2 = beta_2
        self._epsilon = epsilon

    def apply(
        self, gradients: Mapping[str, tf.Tensor], learning_rate: tf.Tensor, step: tf.Tensor
    ) -> None:
        """Moves every weight by one step."""
        count = tf.cast(step + 1, tf.float32)
        correction = tf.sqrt(1 - self._beta_2**count) / (1 - self._beta_1**count)
        for path, gradient in gradients.items():
            mean, mean_square = self.slots[f"{path}/mean"], self.slots[f"{path}/mean_square"]
            mean.assign(self._beta_1 * mean + (1 - self._beta_1) * gradient)
            mean_square.assign(
                self._beta_2 * mean_square + (1 - self._beta_2) * tf.square(gradient)
            )
            self._weights[path].assign_sub(
                learning_rate * correction * mean / (tf.sqrt(mean_square) + self._epsilon)
            )

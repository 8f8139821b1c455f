"""RMSprop: each weight's step is divided by the recent size of its own gradient."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from tfcnn.training.optimizers.base import Optimizer


class RMSprop(Optimizer):
    """``s <- rho*s + (1-rho)*g^2 ; w <- w - lr * g / sqrt(s + epsilon)``.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera 2012; epsilon stands under the
    root, as TensorFlow has it.
    """

    slot_names = ("mean_square",)

    def __init__(
        self, weights: Mapping[str, tf.Variable], rho: float = 0.9, epsilon: float = 1e-7
    ) -> None:
        """``rho`` is from 0 to below 1, ``epsilon`` above 0."""
        super().__init__(weights)
        self._rho = rho
        self._epsilon = epsilon

    def apply(
        self, gradients: Mapping[str, tf.Tensor], learning_rate: tf.Tensor, step: tf.Tensor
    ) -> None:
        """Moves every weight by one step."""
        del step
        for path, gradient in gradients.items():
            mean_square = self.slots[f"{path}/mean_square"]
            mean_square.assign(self._rho * mean_square + (1 - self._rho) * tf.square(gradient))
            root = tf.math.rsqrt(mean_square + self._epsilon)
            self._weights[path].assign_sub(learning_rate * gradient * root)

"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from tfcnn.training.optimizers.base import Optimizer


class Momentum(Optimizer):
    """``v <- mu*v - lr*g ; w <- w + v``; Nesterov: ``w <- w + mu*v - lr*g``.

    This is TensorFlow's convention: the learning rate stands inside the velocity, so a change of
    the rate acts only slowly on what is already moving. With ``momentum=0`` it is plain gradient
    descent.

    Sources: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
    Sutskever et al., "On the importance of initialization and momentum in deep learning",
    ICML 2013, for the Nesterov form.
    """

    slot_names = ("velocity",)

    def __init__(
        self, weights: Mapping[str, tf.Variable], momentum: float = 0.9, nesterov: bool = True
    ) -> None:
        """``momentum`` (mu) is from 0 to below 1."""
        super().__init__(weights)
        self._momentum = momentum
        self._nesterov = nesterov

    def apply(
        self, gradients: Mapping[str, tf.Tensor], learning_rate: tf.Tensor, step: tf.Tensor
    ) -> None:
        """Moves every weight by one step."""
        del step
        for path, gradient in gradients.items():
            velocity = self.slots[f"{path}/velocity"]
            descent = learning_rate * gradient
            velocity.assign(self._momentum * velocity - descent)
            change = self._momentum * velocity - descent if self._nesterov else velocity
            self._weights[path].assign_add(change)

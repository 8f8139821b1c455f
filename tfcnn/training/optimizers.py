"""Optimizers written by hand on raw variables: how a gradient changes the weights.

Each is a class with a row in ``config.OPTIMIZERS``.
"""

from __future__ import annotations

import abc
import pkgutil
from collections.abc import Mapping

import tensorflow as tf

from tfcnn.training.config import OPTIMIZERS, TrainConfig


class Optimizer(tf.Module, abc.ABC):
    """Changes named weights by their gradients.

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
        """Takes one step with every weight.

        Args:
          gradients: Path -> float32 tensor of the weight's shape.
          learning_rate: float32 scalar.
          step: int64 scalar, the number of steps taken before this one.
        """


class Momentum(Optimizer):
    """Stochastic gradient descent with momentum.

    ``v <- mu*v - lr*g ; w <- w + v``; Nesterov: ``w <- w + mu*v - lr*g``.

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
        """Takes one step with every weight."""
        del step
        for path, gradient in gradients.items():
            velocity = self.slots[f"{path}/velocity"]
            descent = learning_rate * gradient
            velocity.assign(self._momentum * velocity - descent)
            change = self._momentum * velocity - descent if self._nesterov else velocity
            self._weights[path].assign_add(change)


class RMSprop(Optimizer):
    """Each weight's step is divided by the recent size of its own gradient.

    ``s <- rho*s + (1-rho)*g^2 ; w <- w - lr * g / sqrt(s + epsilon)``.

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
        """Takes one step with every weight."""
        del step
        for path, gradient in gradients.items():
            mean_square = self.slots[f"{path}/mean_square"]
            mean_square.assign(self._rho * mean_square + (1 - self._rho) * tf.square(gradient))
            root = tf.math.rsqrt(mean_square + self._epsilon)
            self._weights[path].assign_sub(learning_rate * gradient * root)


class Adam(Optimizer):
    """Momentum, divided by the recent size of the gradient.

    With ``t`` counted from 1:

        m <- beta_1*m + (1-beta_1)*g ; s <- beta_2*s + (1-beta_2)*g^2
        w <- w - lr * sqrt(1-beta_2^t) / (1-beta_1^t) * m / (sqrt(s) + epsilon)

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, in the order
    of computation given at the end of its section 2.
    """

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
        """Takes one step with every weight."""
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


def make_optimizer(weights: Mapping[str, tf.Variable], config: TrainConfig) -> Optimizer:
    """The optimizer that ``config`` names, with slots for ``weights``, path -> variable."""
    entry = OPTIMIZERS[config.optimizer]
    options = {name: getattr(config, name) for name in entry.options}
    return pkgutil.resolve_name(entry.name)(weights, **options)

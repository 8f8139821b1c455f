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

    def apply(
        self, gradients: Mapping[str, tf.Tensor], learning_rate: tf.Tensor, step: tf.Tensor
    ) -> None:
        """Takes one step with every weight.

        Args:
          gradients: Path -> float32 tensor of the weight's shape.
          learning_rate: float32 scalar.
          step: int64 scalar, the number of steps taken before this one.
        """
        for path, gradient in gradients.items():
            slots = [self.slots[f"{path}/{name}"] for name in self.slot_names]
            self._weights[path].assign_add(self._change(gradient, learning_rate, step, *slots))

    @abc.abstractmethod
    def _change(
        self, gradient: tf.Tensor, learning_rate: tf.Tensor, step: tf.Tensor, *slots: tf.Variable
    ) -> tf.Tensor:
        """Moves the slots of one weight, in the order of ``slot_names``; what to add to it."""


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

    def _change(
        self, gradient: tf.Tensor, learning_rate: tf.Tensor, step: tf.Tensor, *slots: tf.Variable
    ) -> tf.Tensor:
        (velocity,) = slots
        descent = learning_rate * gradient
        velocity.assign(self._momentum * velocity - descent)
        return self._momentum * velocity - descent if self._nesterov else velocity


class RMSprop(Optimizer):
    """Each weight's step is divided by the recent size of its own gradient.

    ``s <- rho*s + (1-rho)*g^2 ; w <- w - lr * g / sqrt(s + epsilon)``.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera 2012; epsilon stands under the
    root, as TensorFlow has it.
    """

    slot_names = ("mean_square",)
    rho, epsilon = 0.9, 1e-7

    def _change(
        self, gradient: tf.Tensor, learning_rate: tf.Tensor, step: tf.Tensor, *slots: tf.Variable
    ) -> tf.Tensor:
        (mean_square,) = slots
        mean_square.assign(self.rho * mean_square + (1 - self.rho) * tf.square(gradient))
        return -learning_rate * gradient * tf.math.rsqrt(mean_square + self.epsilon)


class Adam(Optimizer):
    """Momentum, divided by the recent size of the gradient.

    With ``t`` counted from 1:

        m <- beta_1*m + (1-beta_1)*g ; s <- beta_2*s + (1-beta_2)*g^2
        w <- w - lr * sqrt(1-beta_2^t) / (1-beta_1^t) * m / (sqrt(s) + epsilon)

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, in the order
    of computation given at the end of its section 2.
    """

    slot_names = ("mean", "mean_square")
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7

    def _change(
        self, gradient: tf.Tensor, learning_rate: tf.Tensor, step: tf.Tensor, *slots: tf.Variable
    ) -> tf.Tensor:
        mean, mean_square = slots
        count = tf.cast(step + 1, tf.float32)
        correction = tf.sqrt(1 - self.beta_2**count) / (1 - self.beta_1**count)
        mean.assign(self.beta_1 * mean + (1 - self.beta_1) * gradient)
        mean_square.assign(self.beta_2 * mean_square + (1 - self.beta_2) * tf.square(gradient))
        return -learning_rate * correction * mean / (tf.sqrt(mean_square) + self.epsilon)


def make_optimizer(weights: Mapping[str, tf.Variable], config: TrainConfig) -> Optimizer:
    """The optimizer that ``config`` names, with slots for ``weights``, path -> variable."""
    entry = OPTIMIZERS[config.optimizer]
    options = {name: getattr(config, name) for name in entry.options}
    return pkgutil.resolve_name(entry.name)(weights, **options)

"""One step of a climb: from a gradient to the next point."""

from __future__ import annotations

from typing import TypeAlias

import tensorflow as tf

from tfcnn.ascent.parametrization import Parametrization
from tfcnn.ascent.recipe import Recipe

Moments: TypeAlias = tuple[tf.Tensor, tf.Tensor]

_BETA_1, _BETA_2 = 0.9, 0.99
_TINY = 1e-8


class Stride:
    """Steps along the normalised gradient, or by Adam, that shrink geometrically.

    With ``done`` from 0 to 1 the length is ``first_step * (last_step / first_step) ** done``.
    """

    def __init__(self, parametrization: Parametrization, recipe: Recipe) -> None:
        """Takes the constraints from ``parametrization``, the lengths from ``recipe``."""
        self._parametrization, self._recipe = parametrization, recipe

    def start(self, point: tf.Tensor) -> Moments:
        """What Adam remembers, before the first step."""
        return tf.zeros_like(point), tf.zeros_like(point)

    def take(
        self,
        point: tf.Tensor,
        gradient: tf.Tensor,
        moments: Moments,
        step: tf.Tensor,
        done: tf.Tensor,
    ) -> tuple[tf.Tensor, Moments]:
        """The next point, and what Adam remembers of this step.

        Args:
          point: float32 [batch, ...].
          gradient: float32, its shape; an image without any gradient stays where it is.
          moments: From the step before.
          step: int32 scalar, from 0.
          done: float32 scalar, how much of the climb is done, from 0 to 1.
        """
        recipe = self._recipe
        gradient = self._parametrization.ascent(point, gradient, done)
        axes = list(range(1, len(point.shape)))
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axes, keepdims=True))
        ascent = gradient / (norm + _TINY)
        if recipe.ink:
            ascent -= tf.where(norm > 0, recipe.ink, 0.0) * self._parametrization.ink()
        length = recipe.first_step * (recipe.last_step / recipe.first_step) ** done
        if recipe.optimizer == "adam":
            ascent, moments = _adam(ascent, moments, step)
        return self._parametrization.constrain(point + length * ascent), moments


def _adam(gradient: tf.Tensor, moments: Moments, step: tf.Tensor) -> tuple[tf.Tensor, Moments]:
    """Kingma and Ba, "Adam", ICLR 2015, algorithm 1."""
    count = tf.cast(step + 1, tf.float32)
    mean = _BETA_1 * moments[0] + (1 - _BETA_1) * gradient
    square = _BETA_2 * moments[1] + (1 - _BETA_2) * tf.square(gradient)
    root = tf.sqrt(square / (1 - _BETA_2**count))
    return mean / (1 - _BETA_1**count) / (root + _TINY), (mean, square)

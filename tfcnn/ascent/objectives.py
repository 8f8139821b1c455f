"""What an image is to maximise: small values that one calculates with.

An objective is a sum of terms (``terms.py``). Most are readings: a reading takes one activation,
weights its channels by a direction in channel space (a filter is the direction of one axis), and
reduces the map to one number by an entry of ``REDUCTIONS``. With ``+ - * / **``, ``sum`` and
``combine`` objectives become others; a number may stand for an objective.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable

import numpy as np
import tensorflow as tf

from tfcnn.ascent import terms as kinds
from tfcnn.ascent.arguments import array, layer_of, real, shortened, whole
from tfcnn.ascent.reductions import Reduction, check_reduction
from tfcnn.ascent.terms import DEEPEST, Combination, Cosine, Diversity, Number, OfImage, Sum, Term
from tfcnn.ascent.words import sum_in_words, terms_in_words
from tfcnn.errors import wrong
from tfcnn.showing import Shown


@dataclasses.dataclass(frozen=True, repr=False)
class Objective(Shown):
    """A sum of terms.

    >>> filter_map = tfcnn.ascent.objectives.filter_map
    >>> goal = filter_map("conv2", 7) - 0.5 * filter_map("conv2", 3, "max")
    >>> [tuple(term) for term in goal.terms]
    [(1.0, 'conv2', 'mean'), (-0.5, 'conv2', 'max')]

    Attributes:
      terms: What is added up.
      directions: For each reading in them, in order, a channel's number, or a weight for each
        channel; None takes the mean of all channels.

    Raises:
      InputError: A reduction is none, a number is not finite, or the formula is too deep.
    """

    __array_ufunc__ = None  # So that NumPy's numbers leave the calculation to the objective.

    terms: Sum
    directions: tuple[int | tuple[float, ...] | None, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.terms, tuple) or not isinstance(self.directions, tuple):
            raise wrong("objective", "terms and directions as tuples", shortened(self.terms))
        for term in self.terms:
            if not isinstance(term, Term | Cosine | Diversity | OfImage | Number | Combination):
                raise wrong("objective", "terms", shortened(term))
            real("weight of a term", term.weight)
        for leaf in kinds.leaves(self.terms):
            if isinstance(leaf, Term | Cosine):
                check_reduction(leaf.reduction)
        if len([*kinds.directed(self.terms)]) != len(self.directions):
            raise wrong("objective", "a direction for each reading", len(self.directions))
        if kinds.depth(self.terms) > DEEPEST:
            raise wrong("objective", f"at most {DEEPEST} functions in each other", "more")

    def in_short(self) -> str:
        """The sum as one writes it, such as ``conv2[7] - 0.5 * max(conv2[3])``."""
        return sum_in_words(terms_in_words(self.terms, self.directions))

    def __add__(self, other: Objective | float) -> Objective:
        if not isinstance(other, Objective) and real("objective, added number", other) == 0:
            return self
        added = _objective(other)
        return Objective(self.terms + added.terms, self.directions + added.directions)

    def __radd__(self, other: float) -> Objective:
        # Of a number, so the order of the terms says nothing. ``sum`` begins with 0.
        return self + other

    def __neg__(self) -> Objective:
        return self * -1.0

    def __sub__(self, other: Objective | float) -> Objective:
        return self + -1.0 * _objective(other)

    def __rsub__(self, other: float) -> Objective:
        return -self + other

    def __mul__(self, factor: Objective | float) -> Objective:
        if isinstance(factor, Objective):
            return combine(tf.multiply, self, factor)
        number = real("objective, factor", factor)
        scaled = (kinds.replaced(term, weight=number * term.weight) for term in self.terms)
        return Objective(tuple(scaled), self.directions)

    def __rmul__(self, factor: float) -> Objective:
        return self * factor

    def __truediv__(self, divisor: Objective | float) -> Objective:
        if isinstance(divisor, Objective):
            return combine(tf.divide, self, divisor)
        number = real("objective, divisor", divisor)
        if number == 0:
            raise wrong("objective, divisor", "a number that is not 0", number)
        return self * (1 / number)

    def __rtruediv__(self, dividend: float) -> Objective:
        return combine(tf.divide, dividend, self)

    def __pow__(self, exponent: Objective | float) -> Objective:
        return combine(tf.pow, self, exponent)

    def __rpow__(self, base: float) -> Objective:
        return combine(tf.pow, base, self)


def filter_map(path: str, channel: int, reduction: Reduction = "mean") -> Objective:
    """One filter's map, or one unit of a dense layer, which has a single position.

    A class's logit is the unit of that number of the last layer.

    Args:
      path: A layer's name, or with ``/linear`` behind it the value before its activation function.
      channel: The filter's or unit's number.
      reduction: What is read of the map.

    Raises:
      InputError: There is no such reduction, or the channel is no whole number.
    """
    return Objective((Term(1.0, layer_of(path), reduction),), (whole("filter", channel, None),))


def layer(path: str) -> Objective:
    """Everything in a layer at once, the mean of the squares over positions and channels.

    Source: Mordvintsev, Olah and Tyka, "Inceptionism", 2015 (deep dreams).
    """
    return Objective((Term(1.0, layer_of(path), "energy"),), (None,))


def direction(path: str, vector: Iterable[float], reduction: Reduction = "mean") -> Objective:
    """A direction in channel space: the channels weighted by ``vector``."""
    return Objective((Term(1.0, layer_of(path), reduction),), (_vector(vector),))


def cosine(path: str, vector: Iterable[float], reduction: Reduction = "mean") -> Objective:
    """The cosine of the channels at each position with ``vector``, reduced over the positions.

    Where ``direction`` also grows with the length of what is read, this sees its direction only.

    Raises:
      InputError: ``vector`` is none, or all of it is 0.
    """
    numbers = _vector(vector)
    if not any(numbers):
        raise wrong("direction", "a weight that is not 0", "none")
    return Objective((Cosine(1.0, layer_of(path), reduction),), (numbers,))


def combine(function: Callable[..., tf.Tensor], *parts: Objective | float) -> Objective:
    """A function of several objectives, such as ``combine(tf.minimum, first, second)``.

    Objectives that climb in one call share one function: define it once, not in a loop.

    Args:
      function: Of as many float32 tensors as there are parts, of any shape, number by number.
      *parts: Objectives or numbers, at least one of them an objective.

    Raises:
      InputError: An argument is none of these.
    """
    objectives = [_objective(part) for part in parts]
    if not any(isinstance(part, Objective) for part in parts):
        raise wrong("combine", "at least one objective", "none")
    operands = tuple(each.terms for each in objectives)
    directions = tuple(one for each in objectives for one in each.directions)
    return Objective((Combination(1.0, _function(function), operands),), directions)


def of_image(function: Callable[[tf.Tensor], tf.Tensor]) -> Objective:
    """A function of the image, float32 [batch, height, width, channels] -> float32 [batch].

    Subtracted it is a penalty. It sees what the network sees, and so all pixels are climbed.
    """
    return Objective((OfImage(1.0, _function(function)),), ())


def total_variation() -> Objective:
    """Sum of the absolute differences of neighbouring pixels, down and across.

    Source: Rudin, Osher and Fatemi, "Nonlinear total variation based noise removal", 1992, with
    the differences of both directions added up.
    """
    return of_image(tf.image.total_variation)


def image_norm() -> Objective:
    """The L2 norm of the image; its square is ``image_norm() ** 2``."""
    return of_image(_norm)


def diversity(path: str | None = None) -> Objective:
    """Less the mean correlation of an image with those of the same objective's other restarts.

    From -1, where all are one, to 1 for two restarts that are each other's negative. Restarts
    climb at the same time, each its own value.

    Source of the idea: Olah, Mordvintsev and Schubert, "Feature visualization", 2017.

    Args:
      path: The activation that is compared; None for the images themselves.
    """
    return Objective((Diversity(1.0, None if path is None else layer_of(path)),), (None,))


def _norm(images: tf.Tensor) -> tf.Tensor:
    # Of a black image the gradient is 0 rather than infinite.
    return tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(images), [1, 2, 3]), 1e-12))


def _objective(value: Objective | float) -> Objective:
    if isinstance(value, Objective):
        return value
    return Objective((Number(real("objective", value)),), ())


def _function(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    if not callable(function) or not isinstance(function, Hashable):
        raise wrong("function", "a function of tensors", shortened(function))
    return function


def _vector(vector: Iterable[float]) -> tuple[float, ...]:
    expected = "a number for each channel"
    if isinstance(vector, Iterable) and not isinstance(vector, str | bytes | np.ndarray):
        vector = list(vector)
    return tuple(real("direction", x) for x in array("direction", vector, 1, expected).tolist())

"""What an image is to maximise: small values that can be added, subtracted and scaled.

Every objective is a weighted sum of readings. A reading takes one activation, weights its channels
by a direction in channel space (a filter is the direction of one axis), and reduces the map to one
number by an entry of ``REDUCTIONS``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfcnn.ascent.reductions import Reduction, check_reduction, reducer_of
from tfcnn.errors import check_choice, wrong
from tfcnn.showing import Shown
from tfcnn.typing import Float32


class Term(NamedTuple):
    """What a compiled climb knows of a reading: all but its direction.

    Attributes:
      weight: What the number is multiplied by in the sum.
      path: The activation, such as ``conv2``, ``conv2/linear`` or ``dense1``.
      reduction: How its map becomes a number.
    """

    weight: float
    path: str
    reduction: Reduction


@dataclasses.dataclass(frozen=True, repr=False)
class Objective(Shown):
    """A weighted sum of readings.

    >>> filter_map = tfcnn.ascent.objectives.filter_map
    >>> goal = filter_map("conv2", 7) - 0.5 * filter_map("conv2", 3, "max")
    >>> [tuple(term) for term in goal.terms]
    [(1.0, 'conv2', 'mean'), (-0.5, 'conv2', 'max')]

    Attributes:
      terms: Weight, path and reduction of each reading.
      directions: For each reading a channel's number, or a weight for each channel; None takes the
        mean of all channels.
    """

    terms: tuple[Term, ...]
    directions: tuple[int | tuple[float, ...] | None, ...]

    def __post_init__(self) -> None:
        for term in self.terms:
            check_reduction(term.reduction)

    def in_short(self) -> str:
        """The sum as one writes it, such as ``conv2[7] mean - 0.5 conv2[3] max``."""
        parts = []
        for term, direction in zip(self.terms, self.directions, strict=True):
            size = "" if abs(term.weight) == 1 else f"{abs(term.weight):g} "
            read = f"{term.path}[{channels_in_words(direction)}] {term.reduction}"
            parts.append(f"{'-' if term.weight < 0 else '+'} {size}{read}")
        return " ".join(parts).removeprefix("+ ")

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms, self.directions + other.directions)

    def __sub__(self, other: Objective) -> Objective:
        return self + -1.0 * other

    def __mul__(self, factor: float) -> Objective:
        terms = (term._replace(weight=factor * term.weight) for term in self.terms)
        return Objective(tuple(terms), self.directions)

    __rmul__ = __mul__


def channels_in_words(direction: int | tuple[float, ...] | None) -> str:
    """Which channels of an activation are read: a number, ``all`` or ``64 weights``."""
    if direction is None:
        return "all"
    return f"{len(direction)} weights" if isinstance(direction, tuple) else str(direction)


def filter_map(path: str, channel: int, reduction: Reduction = "mean") -> Objective:
    """One filter's map, or one unit of a dense layer, which has a single position.

    A class's logit is the unit of that number of the last layer.

    Args:
      path: A layer's name, or with ``/linear`` behind it the value before its activation function.
      channel: The filter's or unit's number.
      reduction: What is read of the map.

    Raises:
      InputError: There is no such reduction.
    """
    return Objective((Term(1.0, path, reduction),), (channel,))


def layer(path: str) -> Objective:
    """Everything in a layer at once, the mean of the squares over positions and channels.

    Source: Mordvintsev, Olah and Tyka, "Inceptionism", 2015 (deep dreams).
    """
    return Objective((Term(1.0, path, "energy"),), (None,))


def direction(path: str, vector: Sequence[float], reduction: Reduction = "mean") -> Objective:
    """A direction in channel space: the channels weighted by ``vector``."""
    return Objective((Term(1.0, path, reduction),), (tuple(map(float, vector)),))


def directions_of(
    objectives: Sequence[Objective], shapes: Mapping[str, tuple[int, ...]]
) -> list[Float32]:
    """The weights of the channels for every term of several objectives.

    Args:
      objectives: At least one; all have the same ``terms``.
      shapes: Path -> (height, width, channels) or (units,).

    Returns:
      For each term, float32 [objectives, channels of its path].

    Raises:
      InputError: A path, a channel, a position or a vector does not fit the network, or the
        objectives read different things.
    """
    terms = objectives[0].terms
    for objective in objectives:
        if objective.terms != terms:
            wanted, found = (
                ", ".join(map(str, map(tuple, each.terms))) for each in (objectives[0], objective)
            )
            raise wrong("objectives", f"all to read {wanted}", found)
    return [
        np.stack([_channel_weights(term, each.directions[number], shapes) for each in objectives])
        for number, term in enumerate(terms)
    ]


def evaluate(
    terms: Sequence[Term],
    directions: Sequence[tf.Tensor],
    activations: Mapping[str, tf.Tensor],
    every: bool = False,
) -> tf.Tensor:
    """The value of each image's objective.

    While an activation gives nothing because its ReLU is closed everywhere, there is no gradient
    to follow; then the same reading of its linear output, at most 0, takes its place.

    Args:
      terms: ``Objective.terms``.
      directions: For each term, float32 [batch, channels]: each image has its own objective.
        With ``every``, [objectives, channels]: each image is valued by all.
      activations: Path -> tensor.
      every: Whether every image is valued by every objective.

    Returns:
      float32 [batch], with ``every`` [batch, objectives].
    """
    total = tf.constant(0.0)
    for (weight, path, reduction), direction in zip(terms, directions, strict=True):
        value = weight * _read(activations[path], direction, reduction, every)
        if f"{path}/linear" in activations and reducer_of(reduction).signed:
            linear = weight * _read(activations[f"{path}/linear"], direction, reduction, every)
            value = tf.where(value == 0, tf.minimum(linear, 0.0), value)
        total += value
    return total


def _read(
    activation: tf.Tensor, direction: tf.Tensor, reduction: Reduction, every: bool
) -> tf.Tensor:
    reducer = reducer_of(reduction)
    maps = activation[:, None, None, :] if len(activation.shape) == 2 else activation
    if reducer.by_channel:
        return tf.einsum("bc,fc->bf" if every else "bc,bc->b", reducer.pool(maps), direction)
    if every:
        return reducer.pool(tf.einsum("bhwc,fc->bhwf", maps, direction))
    return reducer.pool(tf.einsum("bhwc,bc->bhw", maps, direction)[..., None])[:, 0]


def _channel_weights(
    term: Term, direction: int | tuple[float, ...] | None, shapes: Mapping[str, tuple[int, ...]]
) -> Float32:
    """A reading's direction as float32 [channels]."""
    check_choice("layer", term.path, shapes)
    *size, count = shapes[term.path]
    if isinstance(term.reduction, tuple):
        _check_position(term.path, term.reduction, size or (1, 1))
    if direction is None:
        return np.full(count, 1 / count, np.float32)
    if isinstance(direction, tuple):
        if len(direction) != count:
            raise wrong("direction", f"{count} weights for {term.path}", len(direction))
        return np.array(direction, np.float32)
    if not 0 <= direction < count:
        raise wrong("filter", f"0 to {count - 1} for {term.path}", direction)
    return np.eye(count, dtype=np.float32)[direction]


def _check_position(path: str, position: tuple[int, int], size: Sequence[int]) -> None:
    if not all(0 <= at < end for at, end in zip(position, size, strict=True)):
        raise wrong("position", f"one of the {size[0]}x{size[1]} map of {path}", position)

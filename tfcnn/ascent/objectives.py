"""What an image is to maximise: small values that can be added, subtracted and scaled.

Every objective is a weighted sum of readings. A reading takes one activation, reduces its
channels to one map by a direction in channel space (a filter is the direction of one axis), and
reduces the map to one number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.errors import InputError, check_choice

# How a map becomes a number: a word, or the (row, column) of one position.
Reduction: TypeAlias = str | tuple[int, int]
REDUCTIONS = ("mean", "max", "centre", "energy")


@dataclasses.dataclass(frozen=True)
class Reading:
    """One number of one activation.

    Attributes:
      path: The activation, such as ``conv2``, ``conv2/linear`` or ``dense1``.
      direction: A channel's number, or a weight for each channel; None takes all channels.
      reduction: ``mean`` or ``max`` over the positions, ``centre`` or ``(row, column)`` for one,
        ``energy`` for the mean of the squares over positions and channels.
    """

    path: str
    direction: int | tuple[float, ...] | None
    reduction: Reduction

    def __post_init__(self) -> None:
        """Refuses what is no reduction; whether a position is on the map is not known yet."""
        by = self.reduction
        if not (by in REDUCTIONS or (isinstance(by, tuple) and len(by) == 2)):
            raise InputError(
                f"reduction: expected one of {', '.join(REDUCTIONS)}, or a (row, column), "
                f"found {by!r}"
            )


@dataclasses.dataclass(frozen=True)
class Objective:
    """A weighted sum of readings, ``((weight, reading), ...)``."""

    terms: tuple[tuple[float, Reading], ...]

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms)

    def __sub__(self, other: Objective) -> Objective:
        return self + -1.0 * other

    def __mul__(self, factor: float) -> Objective:
        return Objective(tuple((factor * weight, reading) for weight, reading in self.terms))

    __rmul__ = __mul__

    @property
    def readings(self) -> tuple[tuple[str, Reduction], ...]:
        """What has to be computed: path and reduction of each term, without the directions."""
        return tuple((reading.path, reading.reduction) for _, reading in self.terms)


def filter_map(path: str, channel: int, reduction: Reduction = "mean") -> Objective:
    """One filter's map; ``path`` is a conv layer, with or without ``/linear``."""
    return Objective(((1.0, Reading(path, channel, reduction)),))


def position(path: str, channel: int, at: Reduction = "centre") -> Objective:
    """One position of one filter's map, by default its centre (the upper left of an even one)."""
    return filter_map(path, channel, at)


def layer(path: str) -> Objective:
    """Everything in a layer at once, the mean of the squares.

    Source: Mordvintsev, Olah and Tyka, "Inceptionism", 2015 (deep dreams).
    """
    return Objective(((1.0, Reading(path, None, "energy")),))


def unit(path: str, number: int) -> Objective:
    """One unit of a dense layer; the logit of a class is a unit of the last layer."""
    return filter_map(path, number)


def direction(path: str, vector: Sequence[float], reduction: Reduction = "mean") -> Objective:
    """A direction in channel space: the channels weighted by ``vector``."""
    return Objective(((1.0, Reading(path, tuple(map(float, vector)), reduction)),))


def directions_of(
    objectives: Sequence[Objective], shapes: Mapping[str, tuple[int, ...]]
) -> list[npt.NDArray[np.float32]]:
    """The weights of the channels for every term of several objectives.

    Args:
      objectives: At least one; all have the same ``readings``.
      shapes: Path -> (height, width, channels) or (units,).

    Returns:
      For each term, float32 [objectives, channels of its path].

    Raises:
      InputError: A path, a channel, a position or a vector does not fit the network, or the
        objectives read different things.
    """
    readings = objectives[0].readings
    for objective in objectives:
        if objective.readings != readings:
            raise InputError(
                f"objectives: expected all to read {readings}, found {objective.readings}"
            )
    return [
        np.stack([_weights(*objective.terms[term], shapes) for objective in objectives])
        for term in range(len(readings))
    ]


def evaluate(
    readings: Sequence[tuple[str, Reduction]],
    directions: Sequence[tf.Tensor],
    activations: Mapping[str, tf.Tensor],
    every: bool = False,
) -> tf.Tensor:
    """The value of each image's objective.

    While an activation gives nothing because its ReLU is closed everywhere, there is no gradient
    to follow; then the same reading of its linear output, at most 0, takes its place.

    Args:
      readings: ``Objective.readings``.
      directions: For each reading, float32 [batch, channels]: each image has its own objective.
        With ``every``, [objectives, channels]: each image is valued by all.
      activations: Path -> tensor.
      every: Whether every image is valued by every objective.

    Returns:
      float32 [batch], with ``every`` [batch, objectives].
    """
    total = tf.constant(0.0)
    for (path, reduction), weights in zip(readings, directions, strict=True):
        value = _read(activations[path], weights, reduction, every)
        if f"{path}/linear" in activations and reduction != "energy":
            linear = _read(activations[f"{path}/linear"], weights, reduction, every)
            value = tf.where(value == 0, tf.minimum(linear, 0.0), value)
        total += value
    return total


def _read(
    activation: tf.Tensor, weights: tf.Tensor, reduction: Reduction, every: bool
) -> tf.Tensor:
    rows = "fc" if every else "bc"
    result = "bf" if every else "b"
    if len(activation.shape) == 2:
        activation = activation[:, None, None, :]
    if reduction in ("mean", "energy"):  # Before the channels are weighted: the same, cheaper.
        values = tf.square(activation) if reduction == "energy" else activation
        return tf.einsum(f"bc,{rows}->{result}", tf.reduce_mean(values, [1, 2]), weights)
    if reduction == "max":
        maps = tf.einsum(f"bhwc,{rows}->{result}hw", activation, weights)
        return tf.reduce_max(maps, [-2, -1])
    height, width = activation.shape[1:3]
    centre = (height - 1) // 2, (width - 1) // 2
    row, column = reduction if isinstance(reduction, tuple) else centre
    return tf.einsum(f"bc,{rows}->{result}", activation[:, row, column], weights)


def _weights(
    weight: float, reading: Reading, shapes: Mapping[str, tuple[int, ...]]
) -> npt.NDArray[np.float32]:
    check_choice("layer", reading.path, shapes)
    *size, count = shapes[reading.path]
    _check_reduction(reading, size or (1, 1))
    if reading.direction is None:
        return np.full(count, weight / count, np.float32)
    if isinstance(reading.direction, tuple):
        if len(reading.direction) != count:
            raise InputError(
                f"direction: expected {count} weights for {reading.path}, "
                f"found {len(reading.direction)}"
            )
        return np.float32(weight) * np.array(reading.direction, np.float32)
    if not 0 <= reading.direction < count:
        raise InputError(
            f"filter: expected 0 to {count - 1} for {reading.path}, found {reading.direction}"
        )
    return np.float32(weight) * np.eye(count, dtype=np.float32)[reading.direction]


def _check_reduction(reading: Reading, size: Sequence[int]) -> None:
    if isinstance(reading.reduction, str):
        return
    if not all(0 <= at < end for at, end in zip(reading.reduction, size, strict=True)):
        raise InputError(
            f"position: expected one of the {size[0]}x{size[1]} map of {reading.path}, "
            f"found {reading.reduction}"
        )

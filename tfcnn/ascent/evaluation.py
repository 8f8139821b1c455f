"""The value of objectives: their directions as arrays, and what a compiled climb computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from tfcnn.ascent.reductions import Reduction, reducer_of
from tfcnn.ascent.terms import Combination, Cosine, Diversity, Number, OfImage, Term, directed
from tfcnn.errors import check_choice, wrong
from tfcnn.typing import Float32

if TYPE_CHECKING:
    from tfcnn.ascent.objectives import Objective
    from tfcnn.ascent.terms import AnyTerm

# Every call climbs this many images. A fixed size gives an image the same result, to the last
# bit, whether it climbs alone or with others; larger chunks leave the processor's cache.
CHUNK = 64
_TINY = 1e-12


def directions_of(
    objectives: Sequence[Objective], shapes: Mapping[str, tuple[int, ...]]
) -> list[Float32]:
    """The weights of the channels for every reading of several objectives.

    Args:
      objectives: At least one; all have the same ``terms``.
      shapes: Path -> (height, width, channels) or (units,).

    Returns:
      For each term that has a direction, float32 [objectives, channels of its path]; for a
      ``Diversity`` [objectives, 1], the objective's number from 1.

    Raises:
      InputError: A path, a channel, a position or a vector does not fit the network, or the
        objectives read different things.
    """
    terms = objectives[0].terms
    for objective in objectives:
        if objective.terms != terms:
            wanted, found = (_told(each) for each in (objectives[0], objective))
            raise wrong("objectives", f"all to read {wanted}", found)
    return [
        np.stack([_channel_weights(term, each.directions[number], shapes) for each in objectives])
        if not isinstance(term, Diversity)
        else _numbers(term, len(objectives), shapes)
        for number, term in enumerate(directed(terms))
    ]


def evaluate(
    terms: Sequence[AnyTerm],
    directions: Sequence[tf.Tensor],
    activations: Mapping[str, tf.Tensor],
    images: tf.Tensor,
    every: bool = False,
) -> tf.Tensor:
    """The value of each image's objective.

    While an activation gives nothing because its ReLU is closed everywhere, there is no gradient
    to follow; then the same reading of its linear output, at most 0, takes its place. Not so in a
    combination: a product of two such values would be above 0.

    Args:
      terms: ``Objective.terms``.
      directions: For each term that has one, float32 [batch, channels]: each image has its own
        objective. With ``every``, [objectives, channels]: each image is valued by all.
      activations: Path -> tensor.
      images: float32 [batch, height, width, channels], of which the activations are.
      every: Whether every image is valued by every objective. A diversity is 0 then.

    Returns:
      float32 [batch], with ``every`` [batch, objectives], or [batch, 1] where all have one value.
    """
    total = _Evaluation(directions, activations, images, every).sum(terms, stand_in=True)
    if every and len(total.shape) < 2:  # Of numbers and diversities alone.
        return total + tf.zeros([tf.shape(images)[0], 1])
    return total


class _Evaluation:
    """One walk over the terms; the directions are taken in the order of the readings."""

    def __init__(
        self,
        directions: Sequence[tf.Tensor],
        activations: Mapping[str, tf.Tensor],
        images: tf.Tensor,
        every: bool,
    ) -> None:
        self._directions: Iterator[tf.Tensor] = iter(directions)
        self._activations, self._images, self._every = activations, images, every

    def sum(self, terms: Sequence[AnyTerm], stand_in: bool) -> tf.Tensor:
        total = tf.constant(0.0)
        for term in terms:
            total += self._value(term, stand_in)
        return total

    def _value(self, term: AnyTerm, stand_in: bool) -> tf.Tensor:
        if isinstance(term, Term):
            return self._reading(term, next(self._directions), stand_in)
        if isinstance(term, Number):
            return tf.constant(term.weight, tf.float32)
        if isinstance(term, Combination):
            return term.weight * self._combined(term)
        if isinstance(term, OfImage):
            value = _one_each(term.function(self._images), 1)
            return term.weight * (value[:, None] if self._every else value)
        if isinstance(term, Cosine):
            direction = next(self._directions)
            return term.weight * _cosine(
                self._activations[term.path], direction, term.reduction, self._every
            )
        groups = next(self._directions)
        values = self._images if term.path is None else self._activations[term.path]
        return tf.constant(0.0) if self._every else term.weight * _diversity(values, groups)

    def _reading(self, term: Term, direction: tf.Tensor, stand_in: bool) -> tf.Tensor:
        weight, path, reduction = term
        value = weight * _read(self._activations[path], direction, reduction, self._every)
        linear_path = f"{path}/linear"
        if stand_in and linear_path in self._activations and reducer_of(reduction).signed:
            linear = _read(self._activations[linear_path], direction, reduction, self._every)
            value = tf.where(value == 0, tf.minimum(weight * linear, 0.0), value)
        return value

    def _combined(self, term: Combination) -> tf.Tensor:
        operands = [self.sum(operand, stand_in=False) for operand in term.operands]
        rank = max(len(operand.shape) for operand in operands)
        return _one_each(term.function(*operands), rank)


def _one_each(values: tf.Tensor, rank: int) -> tf.Tensor:
    """What a user's function gave, refused if it is not one value for each image."""
    values = tf.convert_to_tensor(values)
    if values.dtype != tf.float32 or len(values.shape) != rank:
        found = f"{values.dtype.name} {tuple(values.shape)}"
        raise wrong("function", "float32, one value for each image", found)
    return values


def _maps(activation: tf.Tensor) -> tf.Tensor:
    return activation[:, None, None, :] if len(activation.shape) == 2 else activation


def _read(
    activation: tf.Tensor, direction: tf.Tensor, reduction: Reduction, every: bool
) -> tf.Tensor:
    reducer, maps = reducer_of(reduction), _maps(activation)
    if reducer.by_channel:
        return tf.einsum("bc,fc->bf" if every else "bc,bc->b", reducer.pool(maps), direction)
    return _pooled(maps, direction, reduction, every)


def _cosine(
    activation: tf.Tensor, direction: tf.Tensor, reduction: Reduction, every: bool
) -> tf.Tensor:
    """``x . d / (|x| |d|)`` at each position, reduced; near 0 where no channel says anything."""
    maps = _maps(activation) / _length(_maps(activation))
    return _pooled(maps, direction / _length(direction), reduction, every)


def _pooled(maps: tf.Tensor, direction: tf.Tensor, reduction: Reduction, every: bool) -> tf.Tensor:
    pool = reducer_of(reduction).pool
    if every:
        return pool(tf.einsum("bhwc,fc->bhwf", maps, direction))
    return pool(tf.einsum("bhwc,bc->bhw", maps, direction)[..., None])[:, 0]


def _length(vectors: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_sum(tf.square(vectors), axis=-1, keepdims=True) + _TINY)


def _diversity(values: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
    """Less the mean correlation with the others of the same group in the chunk, float32 [batch].

    The others count as they are: each climbs its own value.
    """
    block = min(values.shape[0], CHUNK)
    flat = tf.reshape(values, [-1, block, values.shape[1:].num_elements()])
    flat -= tf.reduce_mean(flat, axis=-1, keepdims=True)
    flat /= _length(flat)
    correlations = tf.matmul(flat, tf.stop_gradient(flat), transpose_b=True)
    group = tf.reshape(groups, [-1, block])
    others = (group[:, :, None] == group[:, None, :]) & ~tf.eye(block, dtype=tf.bool)
    others = tf.cast(others & (group > 0)[:, :, None], tf.float32)
    total = tf.reduce_sum(others * correlations, axis=-1)
    return tf.reshape(-total / tf.maximum(tf.reduce_sum(others, axis=-1), 1.0), [-1])


def _numbers(term: Diversity, count: int, shapes: Mapping[str, tuple[int, ...]]) -> Float32:
    if term.path is not None:
        check_choice("layer", term.path, shapes)
    return np.arange(1, count + 1, dtype=np.float32)[:, None]


def _channel_weights(
    term: Term | Cosine,
    direction: int | tuple[float, ...] | None,
    shapes: Mapping[str, tuple[int, ...]],
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
    weights = np.zeros(count, np.float32)
    weights[direction] = 1
    return weights


def _check_position(path: str, position: tuple[int, int], size: Sequence[int]) -> None:
    if not all(0 <= at < end for at, end in zip(position, size, strict=True)):
        raise wrong("position", f"one of the {size[0]}x{size[1]} map of {path}", position)


def _told(objective: Objective) -> str:
    """The readings in a line."""
    return ", ".join(
        str(tuple(term)) if isinstance(term, Term) else str(term) for term in objective.terms
    )

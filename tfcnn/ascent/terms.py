"""What an objective is a sum of: plain values that can be compared, so that a climb compiles once.

A term knows all but its direction in channel space, which a compiled climb takes as a tensor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tfcnn.ascent.reductions import Reduction, reducer_of

if TYPE_CHECKING:
    import tensorflow as tf

# So deep may products, quotients, powers and functions stand in each other.
DEEPEST = 30


class Term(NamedTuple):
    """A reading: the channels of a map are weighted and added up, and the map is reduced.

    Attributes:
      weight: What the number is multiplied by in the sum.
      path: The activation, such as ``conv2``, ``conv2/linear`` or ``dense1``.
      reduction: How its map becomes a number.
    """

    weight: float
    path: str
    reduction: Reduction


@dataclasses.dataclass(frozen=True)
class Cosine:
    """The cosine of each position's channels with a direction, reduced; fields as ``Term``'s."""

    weight: float
    path: str
    reduction: Reduction


@dataclasses.dataclass(frozen=True)
class Diversity:
    """How unlike an image is to those of the same objective's other restarts.

    Attributes:
      weight: As that of ``Term``.
      path: The activation that is compared; None for the images themselves.
    """

    weight: float
    path: str | None


@dataclasses.dataclass(frozen=True)
class OfImage:
    """A function of the image that the network sees, float32 [batch, h, w, c] -> [batch]."""

    weight: float
    function: Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Number:
    """A number, the same for every image."""

    weight: float


@dataclasses.dataclass(frozen=True)
class Combination:
    """A function of several sums, value by value.

    Attributes:
      weight: As that of ``Term``.
      function: From as many tensors as there are operands, of one shape, to one of that shape.
      operands: The terms of each sum.
    """

    weight: float
    function: Callable[..., tf.Tensor]
    operands: tuple[Sum, ...]


AnyTerm: TypeAlias = "Term | Cosine | Diversity | OfImage | Number | Combination"
Sum: TypeAlias = "tuple[AnyTerm, ...]"


def replaced(term: AnyTerm, **fields: Any) -> AnyTerm:
    """The term with other fields."""
    if isinstance(term, Term):
        return term._replace(**fields)
    return dataclasses.replace(term, **fields)


def leaves(terms: Iterable[AnyTerm]) -> Iterator[AnyTerm]:
    """The terms that are no combination, in the order in which they stand."""
    for term in terms:
        if isinstance(term, Combination):
            for operand in term.operands:
                yield from leaves(operand)
        else:
            yield term


def directed(terms: Iterable[AnyTerm]) -> Iterator[Term | Cosine | Diversity]:
    """The leaves that have a direction: one entry of ``Objective.directions`` is for each."""
    for leaf in leaves(terms):
        if isinstance(leaf, Term | Cosine | Diversity):
            yield leaf


def has_diversity(terms: Iterable[AnyTerm]) -> bool:
    """Whether restarts of one objective have to climb together."""
    return any(isinstance(leaf, Diversity) for leaf in leaves(terms))


def depth(terms: Iterable[AnyTerm]) -> int:
    """How many combinations stand in each other at the deepest place."""
    nested = [1 + max(map(depth, term.operands)) for term in terms if isinstance(term, Combination)]
    return max(nested, default=0)


def at_maximum(terms: Iterable[AnyTerm]) -> Sum:
    """The same terms, each signed reading at the maximum of its map."""
    return tuple(map(_at_maximum, terms))


def _at_maximum(term: AnyTerm) -> AnyTerm:
    if isinstance(term, Combination):
        return replaced(term, operands=tuple(map(at_maximum, term.operands)))
    if isinstance(term, Term | Cosine) and reducer_of(term.reduction).signed:
        return replaced(term, reduction="max")
    return term

"""An objective as ``parse_objective`` reads it, such as ``conv2[7] - 0.5 * max(conv2[3])``.

What it cannot read, a direction or a function of one's own, is told in words that look alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import tensorflow as tf

from tfcnn.ascent.terms import AnyTerm, Combination, Cosine, Diversity, Number, OfImage, Sum

Direction: TypeAlias = "int | tuple[float, ...] | None"
_SIGNS = ((tf.multiply, "*"), (tf.divide, "/"), (tf.pow, "**"))


def terms_in_words(terms: Sum, directions: Sequence[Direction]) -> list[tuple[float, str]]:
    """Each term's weight, and what it weights: "" for a number."""
    return _parts(terms, iter(directions))


def sum_in_words(parts: Iterable[tuple[float, str]]) -> str:
    """The sum of what ``terms_in_words`` gives."""
    words = []
    for weight, what in parts:
        number = f"{abs(weight):g}"
        scaled = what if abs(weight) == 1 else f"{number} * {what}"
        words.append(f"{'-' if weight < 0 else '+'} {scaled if what else number}")
    return " ".join(words).removeprefix("+ ")


def _parts(terms: Sum, directions: Iterator[Direction]) -> list[tuple[float, str]]:
    return [(term.weight, _words(term, directions)) for term in terms]


def _words(term: AnyTerm, directions: Iterator[Direction]) -> str:
    """A term without its weight; takes its directions."""
    if isinstance(term, Combination):
        operands = [sum_in_words(_parts(operand, directions)) for operand in term.operands]
        for function, sign in _SIGNS:
            if term.function is function:
                return f" {sign} ".join(f"({operand})" for operand in operands)
        return f"{_name(term.function)}({', '.join(operands)})"
    if isinstance(term, Number):
        return ""
    if isinstance(term, OfImage):
        return f"{_name(term.function)}(image)"
    if isinstance(term, Diversity):
        next(directions)
        return f"diversity({term.path or ''})"
    read = term.path + _channels(next(directions))
    if isinstance(term, Cosine):
        read = f"cosine({read})"
    if isinstance(term.reduction, str):
        return read if term.reduction == "mean" else f"{term.reduction}({read})"
    return f"{read} at {term.reduction}"


def _channels(direction: Direction) -> str:
    if direction is None:
        return ""
    return f"[{len(direction)} weights]" if isinstance(direction, tuple) else f"[{direction}]"


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__).strip("_")

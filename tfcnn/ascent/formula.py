"""Objectives from a line of text, such as ``conv3[4] - 0.5*max(conv3[7])``.

The grammar, loosest first; as in Python ``-a**2`` is ``-(a**2)`` and ``a**b**c`` is ``a**(b**c)``:

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/") signed)*
    signed  = "-" signed | power
    power   = atom ["**" signed]
    atom    = NUMBER | "(" sum ")" | reading | REDUCTION "(" reading ")" | TERM "(" ")"
    reading = PATH "[" CHANNEL "]" | PATH      (a path alone reads its energy)
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tfcnn.ascent.reductions import REDUCTIONS
from tfcnn.errors import InputError

if TYPE_CHECKING:
    from tfcnn.ascent.objectives import Objective

LONGEST = 1000
# So deep may parentheses and signs stand in each other.
DEEPEST = 20
# Whole terms by name: of the image, and of the other restarts.
TERMS = ("total_variation", "image_norm", "diversity")

_Value: TypeAlias = "Objective | float"
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/linear\b)?)"
    r"|(?P<sign>\*\*|[-+*/()\[\]])",
    re.ASCII,
)


class _Token(NamedTuple):
    kind: str  # number, name, sign or end
    text: str
    position: int  # From 1.


def parse_objective(text: str, shapes: Mapping[str, Sequence[int]]) -> Objective:
    """The objective that a text spells.

    >>> architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> shapes = tfcnn.model.shapes_of(network)
    >>> goal = tfcnn.ascent.parse_objective("logits[3] - 0.5 * max(conv1[0])", shapes)
    >>> [tuple(term) for term in goal.terms]
    [(1.0, 'dense1', 'mean'), (-0.5, 'conv1', 'max')]

    Args:
      text: Numbers, readings such as ``conv3[4]`` (the mean of the map, after the activation
        function), ``conv3/linear[4]`` (before it), ``logits[3]`` (the last layer) or
        ``conv3`` (all of a layer, its energy); ``mean``, ``max``, ``centre`` or ``energy`` of one,
        as in ``max(conv3[4])``; ``total_variation()``, ``image_norm()`` and ``diversity()``;
        ``+ - * / **`` and parentheses.
      shapes: Path -> shape, of every activation, in the order of the layers.

    Raises:
      InputError: The text says something else; the message has the position, from 1.
    """
    if not isinstance(text, str):
        raise InputError(f"objective: expected a text, found {type(text).__name__}")
    if len(text) > LONGEST:
        raise InputError(f"objective: expected at most {LONGEST} characters, found {len(text)}")
    value = _Parser(_tokens(text), shapes).whole()
    if isinstance(value, float):
        raise InputError("objective: expected something that is read, such as a layer, found none")
    return value


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong("a name, a number or a sign", repr(text[at]), at + 1)
        tokens.append(_Token(match.lastgroup or "", match.group(), at + 1))
        at = match.end()
    return [*tokens, _Token("end", "", len(text) + 1)]


@dataclasses.dataclass
class _Parser:
    """Recursive descent: a method for each line of the grammar."""

    tokens: Sequence[_Token]
    shapes: Mapping[str, Sequence[int]]
    at: int = 0
    depth: int = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def taken(self, *signs: str) -> str | None:
        """The next sign if it is one of these, which is then passed; else None."""
        token = self.next
        if token.kind != "sign" or token.text not in signs:
            return None
        self.at += 1
        return token.text

    def expect(self, sign: str) -> None:
        if self.taken(sign) is None:
            raise self.wrong(repr(sign))

    def wrong(self, expected: str) -> InputError:
        found = repr(self.next.text) if self.next.kind != "end" else "the end"
        return _wrong(expected, found, self.next.position)

    def whole(self) -> _Value:
        value = self.sum()
        if self.next.kind != "end":
            raise self.wrong("+ - * / ** or the end")
        return value

    def sum(self) -> _Value:
        value, position = self.product(), self.next.position
        while sign := self.taken("+", "-"):
            value = _calculated(sign, value, self.product(), position)
            position = self.next.position
        return value

    def product(self) -> _Value:
        value, position = self.signed(), self.next.position
        while sign := self.taken("*", "/"):
            value = _calculated(sign, value, self.signed(), position)
            position = self.next.position
        return value

    def signed(self) -> _Value:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _wrong(f"at most {DEEPEST} levels", "more", self.next.position)
        value = -self.signed() if self.taken("-") else self.power()
        self.depth -= 1
        return value

    def power(self) -> _Value:
        base, position = self.atom(), self.next.position
        return _calculated("**", base, self.signed(), position) if self.taken("**") else base

    def atom(self) -> _Value:
        token = self.next
        if self.taken("("):
            value = self.sum()
            self.expect(")")
            return value
        if token.kind == "number":
            self.at += 1
            return _finite(float(token.text), token.position)
        if token.kind != "name":
            raise self.wrong("a name, a number or '('")
        return self.called() if self.tokens[self.at + 1].text == "(" else self.reading(None)

    def called(self) -> Objective:
        """A name with parentheses behind it."""
        from tfcnn.ascent import objectives

        token = self.next
        self.at += 2
        if token.text in TERMS:
            self.expect(")")
            made: Objective = getattr(objectives, token.text)()
            return made
        if token.text not in REDUCTIONS:
            known = ", ".join([*REDUCTIONS, *TERMS])
            raise _wrong(f"one of {known} before '('", repr(token.text), token.position)
        value = self.reading(token.text)
        self.expect(")")
        return value

    def reading(self, reduction: str | None) -> Objective:
        """A path and its channel; without a channel the mean of all."""
        from tfcnn.ascent import objectives

        path = self.path()
        if not self.taken("["):
            if reduction not in (None, "energy"):
                raise self.wrong("'[' and a channel")
            return objectives.layer(path)
        channel = self.channel(path)
        self.expect("]")
        return objectives.filter_map(path, channel, reduction or "mean")

    def path(self) -> str:
        token = self.next
        if token.kind != "name":
            raise self.wrong("a layer")
        path = self.last_layer() if token.text == "logits" else token.text
        if path not in self.shapes:
            known = ", ".join([*(p for p in self.shapes if not p.endswith("/linear")), "logits"])
            raise _wrong(f"one of {known}", repr(token.text), token.position)
        self.at += 1
        return path

    def last_layer(self) -> str:
        return [path for path in self.shapes if not path.endswith("/linear")][-1]

    def channel(self, path: str) -> int:
        token, count = self.next, self.shapes[path][-1]
        # Not more digits than the largest has: int() refuses thousands with an error of its own.
        if not (token.text.isdigit() and len(token.text) <= 9 and int(token.text) < count):
            raise self.wrong(f"0 to {count - 1} for {path}")
        self.at += 1
        return int(token.text)


_OPERATIONS: Mapping[str, Callable[[_Value, _Value], _Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}


def _calculated(sign: str, first: _Value, second: _Value, position: int) -> _Value:
    try:
        value = _OPERATIONS[sign](first, second)
    except (ZeroDivisionError, OverflowError) as error:
        raise _wrong("a finite number", error, position) from None
    except InputError as error:
        told = str(error).partition(": ")[2]
        raise InputError(f"objective: position {position}: {told}") from None
    return _finite(value, position) if isinstance(value, float | complex) else value


def _finite(value: float | complex, position: int) -> float:
    if isinstance(value, complex) or not abs(value) < 1e38:
        raise _wrong("a finite number", value, position)
    return value


def _wrong(expected: str, found: object, position: int) -> InputError:
    return InputError(f"objective: position {position}: expected {expected}, found {found}")

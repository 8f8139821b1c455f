"""Ranges of numbers that can tell themselves."""

from __future__ import annotations

import dataclasses
import math

_WHOLE_END = 2**31  # An int32 holds what is below, as TensorFlow's seeds are.


@dataclasses.dataclass(frozen=True)
class Range:
    """The finite numbers that a field may be, with both ends unless they are left out."""

    low: float
    high: float = math.inf
    without_low: bool = False
    without_high: bool = False
    whole: bool = False

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        above = self.low < value if self.without_low else self.low <= value
        below = value < self.high if self.without_high else value <= self.high
        return above and below and value != math.inf

    def __str__(self) -> str:
        text = f"{'above' if self.without_low else 'from'} {self.low:g}"
        if self.high < _WHOLE_END:
            last = "below " if self.without_high else "at most " if self.without_low else ""
            text += f"{',' if self.without_low else ' to'} {last}{self.high:g}"
        return text

    def expected(self, value: object) -> str:
        """What a message says was expected, where it was ``value``."""
        if self.whole and isinstance(value, int) and value >= self.high:
            return f"a whole number below {self.high}"
        return f"a {'whole ' if self.whole else ''}number {self}"


def whole_from(low: int) -> Range:
    """Whole numbers from ``low`` to what an int32 holds."""
    return Range(low, _WHOLE_END, without_high=True, whole=True)


FROM_0 = Range(0)
ABOVE_0 = Range(0, without_low=True)
FRACTION = Range(0, 1, without_high=True)

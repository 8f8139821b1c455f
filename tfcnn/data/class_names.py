"""In which order classes stand, and labels as numbers in that order."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names that are all whole numbers in the order of numbers, others as Python sorts texts."""
    found = sorted(names)
    if all(_WHOLE_NUMBER.fullmatch(name) for name in found):
        found.sort(key=int)
    return tuple(found)

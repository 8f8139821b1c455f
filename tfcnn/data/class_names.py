"""In which order classes stand, and labels as numbers in that order."""

import re
from collections.abc import Iterable

import numpy as np

from tfcnn.errors import wrong
from tfcnn.typing import Array, Int32

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names that are all whole numbers in the order of numbers, others as Python sorts texts."""
    found = sorted(names)
    if all(_WHOLE_NUMBER.fullmatch(name) for name in found):
        found.sort(key=int)
    return tuple(found)


def from_labels(train: Array, test: Array, where: str) -> tuple[tuple[str, ...], Int32, Int32]:
    """Makes classes of whatever labels the training has, under their own names.

    Args:
      train: Whole numbers or texts [N], with gaps maybe.
      test: The same of the test [M].
      where: What to call the test's labels in an error message.

    Returns:
      The names of the classes, and the labels as numbers of classes, int32 [N] and [M].

    Raises:
      InputError: The test has a label that the training has not.
    """
    values, places = np.unique(train, return_inverse=True)
    unknown = np.setdiff1d(test, values)
    if unknown.size:
        raise wrong(where, "labels that occur in the training", str(unknown[0])[:60])
    names = in_order(str(value) for value in values)
    numbers = {name: number for number, name in enumerate(names)}
    number_of = np.array([numbers[str(value)] for value in values], np.int32)
    return names, number_of[places], number_of[np.searchsorted(values, test)]

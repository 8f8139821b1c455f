"""How a filter's map becomes one number: a table, from which all that concerns them follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tfcnn.ascent.arguments import shortened
from tfcnn.errors import wrong

if TYPE_CHECKING:
    import tensorflow as tf

# A name in ``REDUCTIONS``, or the (row, column) of one position.
Reduction: TypeAlias = str | tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Reducer:
    """One way to make a number of a map.

    Attributes:
      meaning: What it reads of the map, in a few words for help and documents.
      pool: From float32 [batch, height, width, channels] to [batch, channels].
      by_channel: Whether every channel is pooled before the channels are weighted and added up,
        rather than after. For what is linear the two are the same, and this one is cheaper.
      signed: Whether more than 0 means that the filter fires. What is not signed cannot be judged
        as a filter's score.
      position: From (height, width) to the (row, column) that is read; None for the whole map.
    """

    meaning: str
    pool: Callable[[tf.Tensor], tf.Tensor]
    by_channel: bool = True
    signed: bool = True
    position: Callable[[int, int], tuple[int, int]] | None = None

    def positions(self, height: int, width: int) -> tuple[range, range]:
        """The rows and the columns of a map that are read."""
        if self.position is None:
            return range(height), range(width)
        row, column = self.position(height, width)
        return range(row, row + 1), range(column, column + 1)


def _mean(maps: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_mean(maps, [1, 2])


def _max(maps: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_max(maps, [1, 2])


def _at(meaning: str, position: Callable[[int, int], tuple[int, int]]) -> Reducer:
    def pool(maps: tf.Tensor) -> tf.Tensor:
        row, column = position(*maps.shape[1:3])
        return maps[:, row, column]

    return Reducer(meaning, pool, position=position)


REDUCTIONS: Mapping[str, Reducer] = {
    "mean": Reducer("the mean of the map", _mean),
    "max": Reducer("its maximum, wherever that is", _max, by_channel=False),
    "centre": _at(
        "its centre (the upper left of an even one)",
        lambda height, width: ((height - 1) // 2, (width - 1) // 2),
    ),
    "energy": Reducer("the mean of the squares", lambda maps: _mean(maps * maps), signed=False),
}
# Those by which a filter can be judged, and of these the ones that read the whole map.
SIGNED = tuple(name for name, reducer in REDUCTIONS.items() if reducer.signed)
WHOLE_MAP = tuple(name for name in SIGNED if REDUCTIONS[name].position is None)


def reducer_of(reduction: Reduction) -> Reducer:
    """The entry of ``REDUCTIONS``, or that for one position."""
    if isinstance(reduction, str):
        return REDUCTIONS[reduction]
    return _at(f"position {reduction}", lambda height, width: reduction)


def check_reduction(reduction: object, names: Iterable[str] = REDUCTIONS) -> None:
    """Refuses what is no reduction; whether a position is on the map is not known here.

    Raises:
      InputError: It is none of ``names`` and no (row, column).
    """
    allowed = list(names)
    if isinstance(reduction, tuple) and len(reduction) == 2:
        fits = all(isinstance(at, int | np.integer) for at in reduction)
    else:
        fits = isinstance(reduction, str) and reduction in allowed
    if not fits:
        expected = f"one of {', '.join(allowed)}, or a (row, column)"
        raise wrong("reduction", expected, shortened(reduction))

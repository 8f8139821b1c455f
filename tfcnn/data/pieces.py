"""Pieces of ink that belong together, as the strokes of a 4 or the bar of a 5, and their order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# All in shares of the usual size, the longer side of a piece's box.
_SPECK = 0.1
_PART = 0.5
_REACH_OF_A_PART = 0.3
_REACH_OF_A_STACK = 0.25
_TOUCHING = 0.06
_TALLEST_STACK = 1.7
# Ink that lies along the edge for so much of its length is the desk or a shadow, if there is other
# ink at least so large.
_ALONG, _REST = 0.3, 0.2
# Of the usual size of what was found: what is smaller is dirt.
_SMALLEST = 0.35
_OVERLAP = 0.4

_Box = npt.NDArray[np.int64]


def find_items(ink: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], int]:
    """Numbers the digits on a page in reading order.

    Pieces of connected ink are one digit if they nearly touch, if their boxes overlap, if one is
    small and near, or if they are stacked with hardly a gap and are together no taller than digits
    are. Specks go, and ink along the picture's edge if there is other ink.

    Args:
      ink: bool [height, width].

    Returns:
      int64 [height, width], 0 for none and otherwise the number of a digit, from 1, and how many
      digits there are.
    """
    from scipy import ndimage

    labels, count = ndimage.label(ink, structure=np.ones((3, 3)))
    if count == 0:
        return np.zeros(ink.shape, np.int64), 0
    areas = np.bincount(labels.ravel())[1:]
    boxes = _boxes(labels)
    usual = _usual_size(boxes, areas)
    sizes = _sides(boxes).max(axis=1)
    kept = sizes >= _SPECK * usual
    inner = kept & (_along_edges(labels, count) < _ALONG * sizes)
    if inner.any() and areas[inner].max() > _REST * areas[kept].max():
        kept = inner
    chosen = np.flatnonzero(kept)
    groups = _joined(boxes[chosen], usual)
    number_of = np.zeros(count + 1, np.int64)
    number_of[1 + chosen] = groups
    items = number_of[labels]
    boxes = _boxes(items)
    sizes = _sides(boxes).max(axis=1)
    areas = np.bincount(items.ravel())[1:]
    large = np.flatnonzero(sizes >= _SMALLEST * _usual_size(boxes, areas))
    order = large[_reading_order(boxes[large])]
    number_of = np.zeros(len(boxes) + 1, np.int64)
    number_of[1 + order] = 1 + np.arange(len(order))
    return number_of[items], len(order)


def _boxes(labels: npt.NDArray[np.int64]) -> _Box:
    """``top, left, bottom, right`` of each number from 1 on, the last two one past the end."""
    from scipy import ndimage

    found = ndimage.find_objects(labels)
    return np.array([[r.start, c.start, r.stop, c.stop] for r, c in found], np.int64)


def _sides(boxes: _Box) -> _Box:
    return boxes[:, 2:] - boxes[:, :2]


def _usual_size(boxes: _Box, areas: npt.NDArray[np.int64]) -> float:
    """The longer side on which half of the ink lies: dirt hardly counts."""
    sizes = _sides(boxes).max(axis=1)
    order = np.argsort(sizes)
    half = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    return float(sizes[order[half]])


def _along_edges(labels: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """How many pixels of each piece lie on the picture's edges."""
    edges = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(edges, minlength=count + 1)[1:]


def _joined(boxes: _Box, usual: float) -> npt.NDArray[np.int64]:
    """The number of the group of each piece, from 1."""
    from scipy.sparse import csgraph

    belong = np.zeros((len(boxes), len(boxes)), bool)
    for one, box in enumerate(boxes):
        for other in range(one):
            belong[one, other] = _belong_together(box, boxes[other], usual)
    return 1 + csgraph.connected_components(belong, directed=False)[1].astype(np.int64)


def _belong_together(one: _Box, other: _Box, usual: float) -> bool:
    # Along each axis: how much the boxes share, below 0 the gap between them.
    shared = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    gap = float(np.hypot(*np.maximum(-shared, 0)))
    sides = np.stack([one[2:] - one[:2], other[2:] - other[:2]])
    smaller = sides.max(axis=1).min()
    overlap = np.maximum(shared, 0) / sides.min(axis=0)
    together = np.maximum(one[2:], other[2:]) - np.minimum(one[:2], other[:2])
    if overlap.min() > _OVERLAP:
        return True
    if together.max() > _TALLEST_STACK * usual:
        return False
    if smaller < _PART * usual and gap < _REACH_OF_A_PART * usual:
        return True
    one_above_the_other = overlap[1] > _OVERLAP
    low = sides[:, 0].min() < _PART * usual
    if one_above_the_other and low and gap < _REACH_OF_A_STACK * usual:
        return True
    no_larger_than_one = together[0] < 1.2 * usual and together[1] < usual
    return gap < _TOUCHING * usual and bool(one_above_the_other or no_larger_than_one)


def _reading_order(boxes: _Box) -> npt.NDArray[np.int64]:
    """Rows from the top, each from the left. A box whose middle is within a row belongs to it."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.median(_sides(boxes).max(axis=1)) / 2 if len(boxes) else 0.0
    rows: list[list[int]] = []
    for number in np.argsort(middles[:, 0]).tolist():
        if rows and middles[number, 0] - np.mean(middles[rows[-1], 0]) < half:
            rows[-1].append(number)
        else:
            rows.append([number])
    ordered = [number for row in rows for number in sorted(row, key=lambda one: middles[one, 1])]
    return np.array(ordered, np.int64)

"""Which pixels an objective can see, from the geometry of the network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.ascent.objectives import Reduction
from tfcnn.ascent.subject import Subject
from tfcnn.model.geometry import LayerGeometry, geometry
from tfcnn.model.network import Network


def region(subject: Subject, readings: Sequence[tuple[str, Reduction]]) -> npt.NDArray[np.bool_]:
    """The pixels that can change what is read.

    Args:
      subject: For anything but a ``Network`` all pixels count.
      readings: Path and reduction of each term.

    Returns:
      bool [height, width].
    """
    seen = np.zeros(subject.input_shape[:2], bool)
    if not isinstance(subject, Network):
        return ~seen
    rows = {row.name: row for row in geometry(subject.architecture, subject.input_shape)}
    for path, reduction in readings:
        row = rows[path.removesuffix("/linear")]
        seen[_slice(row, reduction, 0), _slice(row, reduction, 1)] = True
    return seen


def _slice(row: LayerGeometry, reduction: Reduction, axis: int) -> slice:
    field, stride, offset = row.receptive_field[axis], row.stride[axis], row.offset[axis]
    if len(row.output_shape) == 1:
        if stride:  # A flatten's values lie in a row, each with a field of its own.
            return slice(None)
        first = last = 0
    elif reduction == "centre":
        first = last = (row.output_shape[axis] - 1) // 2
    elif isinstance(reduction, tuple):
        first = last = reduction[axis]
    else:
        first, last = 0, row.output_shape[axis] - 1
    begin = offset + first * stride
    return slice(max(begin, 0), max(begin + field + (last - first) * stride, 0))

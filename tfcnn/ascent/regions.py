"""Which pixels an objective can see, from the geometry of the network."""

from collections.abc import Iterable

import numpy as np

from tfcnn.ascent.reductions import Reduction, reducer_of
from tfcnn.ascent.terms import AnyTerm, Cosine, Number, Term, leaves
from tfcnn.model import Network, Subject
from tfcnn.model.geometry import LayerGeometry, geometry
from tfcnn.typing import Bool


def region(subject: Subject, terms: Iterable[AnyTerm]) -> Bool:
    """The pixels that can change what is read.

    Args:
      subject: For anything but a ``Network`` all pixels count.
      terms: ``Objective.terms``.

    Returns:
      bool [height, width].
    """
    seen = np.zeros(subject.input_shape[:2], bool)
    if not isinstance(subject, Network):
        return ~seen
    rows = {row.name: row for row in geometry(subject.architecture, subject.input_shape)}
    for term in leaves(terms):
        if isinstance(term, Number):
            continue
        if not isinstance(term, Term | Cosine):  # Of the image, or of other restarts.
            return ~np.zeros_like(seen)
        row = rows[term.path.removesuffix("/linear")]
        seen[_pixels(row, term.reduction, 0), _pixels(row, term.reduction, 1)] = True
    return seen


def _pixels(row: LayerGeometry, reduction: Reduction, axis: int) -> slice:
    """Along one axis, from the field of the first position that is read to that of the last."""
    field, stride, offset = row.receptive_field[axis], row.stride[axis], row.offset[axis]
    if len(row.output_shape) == 3:
        read = reducer_of(reduction).positions(*row.output_shape[:2])[axis]
    elif stride:  # A flatten's values lie in a row, each with a field of its own.
        return slice(None)
    else:
        read = range(1)
    begin, end = offset + read[0] * stride, offset + read[-1] * stride + field
    return slice(max(begin, 0), max(end, 0))

"""What real images do to each filter of a layer, a row a filter."""

from typing import Any

import numpy as np

from tfcnn.ascent.evidence import Evidence
from tfcnn.report.tables import Table, table_of

# Key, heading, and how values are written.
_COLUMNS = (
    ("filter", "filter", "d"),
    ("firing_share", "fired by", ".2%"),
    ("best_linear", "largest linear", ".3f"),
    ("best_image", "in image", "d"),
    ("best_score", "best score", ".3f"),
    ("best_class", "class", "d"),
    ("class_mean", "its mean", ".3f"),
)


def evidence_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """One row a filter.

    Every row has ``filter``, ``firing_share`` (share of the images that fire it), ``best_linear``
    (the largest linear output anywhere) and ``best_image`` (the number of the image that has it),
    ``best_score`` (the largest mean of a map), ``best_class`` (the class with the largest mean
    activation; None where no class has one above another) and ``class_mean`` (that mean).
    """
    rows = []
    for number, means in enumerate(evidence.class_means.T):
        known = means[~np.isnan(means)]
        rows.append(
            {
                "filter": number,
                "firing_share": float(evidence.firing_share[number]),
                "best_linear": float(evidence.best_linear[number]),
                "best_image": int(evidence.patch_images[0, number]),
                "best_score": float(evidence.scores[:, number].max()),
                "best_class": int(np.nanargmax(means)) if np.ptp(known) > 0 else None,
                "class_mean": float(known.max()),
            }
        )
    return rows


def evidence_table(evidence: Evidence) -> Table:
    """The rows rounded, the classes by their numbers."""
    return table_of(evidence_rows(evidence), _COLUMNS)

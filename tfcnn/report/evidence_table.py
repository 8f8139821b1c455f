"""What real images do to each filter of a layer, a row a filter."""

from typing import Any

import numpy as np

from tfcnn.ascent.evidence import Evidence
from tfcnn.report.drawing.words import rounded
from tfcnn.report.tables import Table


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
    header = ("filter", "fired by", "largest linear", "in image", "best score", "class", "its mean")
    rows = [
        (
            str(row["filter"]),
            f"{row['firing_share']:.2%}",
            rounded(row["best_linear"], ".3f"),
            str(row["best_image"]),
            rounded(row["best_score"], ".3f"),
            "-" if row["best_class"] is None else str(row["best_class"]),
            rounded(row["class_mean"], ".3f"),
        )
        for row in evidence_rows(evidence)
    ]
    return Table(header, tuple(rows))

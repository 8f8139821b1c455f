"""The distinct patterns that a filter's restarts found."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from tfcnn.ascent.agreement import distinct_patterns
from tfcnn.ascent.patterns import Patterns
from tfcnn.report.patterns import draw_patterns


def draw_restarts(
    patterns: Patterns, path: str | os.PathLike[str], names: Sequence[str] | None = None
) -> None:
    """Draws each filter's distinct patterns, the best of each group, with how many agree.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
      names: What to call each filter of the layer instead of its number, such as the classes.
    """
    climbs = patterns.climbs
    images, captions, counts = [], [], []
    restarts = climbs.scores.shape[1]
    for row, number in enumerate(patterns.filters):
        groups = distinct_patterns(climbs.images[row], climbs.scores[row])
        counts.append(len(groups))
        for group in groups:
            images.append(climbs.images[row, group.members[0]])
            name = names[number] if names else number
            captions.append(f"{name}: {group.score:.2f}\n{len(group.members)} of {restarts}")
    single = counts.count(1)
    title = (
        f"{patterns.layer}: the distinct patterns of {restarts} restarts, up to a "
        f"shift of 4 pixels. {single} of {len(counts)} filters have one. Below each: the filter, "
        "the score, how many restarts found it."
    )
    draw_patterns(patterns.visible(np.stack(images)), captions, path, title)

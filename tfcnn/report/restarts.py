"""The distinct patterns that a filter's restarts found."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from tfcnn.ascent.agreement import distinct_patterns
from tfcnn.ascent.patterns import Patterns
from tfcnn.report.drawing.image_grid import draw_image_grid


def draw_restarts(
    patterns: Patterns, path: str | os.PathLike[str], names: Sequence[str] | None = None
) -> None:
    """Draws each filter's distinct patterns, the best of each group, with how many agree.

    They stand in the order of what was climbed, so a filter's first is its pattern in the grid.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
      names: What to call each filter of the layer instead of its number, such as the classes.
    """
    climbs = patterns.climbs
    images, captions, counts = [], [], []
    restarts = climbs.scores.shape[1]
    kind = "robust " if climbs.recipe.seeks_robust_score else ""
    for row, number in enumerate(patterns.filters):
        seen = climbs.visible(climbs.images[row])
        groups = distinct_patterns(seen, climbs.climbed_scores[row])
        climbed = "plain " if climbs.by_gradient_alone[row] else kind
        counts.append(len(groups))
        for group in groups:
            images.append(seen[group.members[0]])
            name = names[number] if names else number
            captions.append(
                f"{name}: {climbed}{group.score:.2f}\n{len(group.members)} of {restarts}"
            )
    single = counts.count(1)
    plain = " (or plain: by the gradient alone)" if climbs.by_gradient_alone.any() else ""
    title = (
        f"{patterns.layer}: the distinct patterns of {restarts} restarts, up to a "
        f"shift of 4 pixels. {single} of {len(counts)} filters have one. Below each: the filter, "
        f"the {kind}score that was climbed{plain}, how many restarts found it."
    )
    draw_image_grid(np.stack(images), captions, path, title)

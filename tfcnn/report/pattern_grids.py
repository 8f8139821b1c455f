"""The patterns of a layer on one page: each filter's, and those that its restarts found."""

from collections.abc import Sequence

import numpy as np

from tfcnn.arguments import checked
from tfcnn.ascent import Patterns, distinct_patterns
from tfcnn.report.checks import check_filter_names
from tfcnn.report.drawing.tiles import draw_image_grid
from tfcnn.report.drawing.words import rounded, shortened
from tfcnn.typing import PathLike

# A larger multiple says only that the real score, by which is divided, is almost 0.
LARGEST_RATIO = 10


@checked
def draw_filter_grid(
    patterns: Patterns, path: PathLike, names: Sequence[str] | None = None
) -> None:
    """Draws every pattern with its filter's number, verdict, score and robust score.

    With real images, the score stands there as a multiple of the best one's; that one's score
    instead, where one of the two is not above 0 or the multiple is above ``LARGEST_RATIO``.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
      names: What to call each filter of the layer instead of its number, such as the classes.

    Raises:
      InputError: There are too few names.
    """
    check_filter_names(names, patterns.filters)
    captions = [_caption(patterns, row, names) for row in range(len(patterns.filters))]
    legend = ["linear output", "robust: blurred and shifted", "fine: energy in fine structure"]
    if patterns.evidence is not None:
        legend[-1] += f" ({patterns.evidence.high_frequency_share:.1%} in real images)"
        legend.append("x: times the best real image's")
        if any(_multiple(ratio) is None for ratio in patterns.ratios):
            reason = f"where a score is not above 0 or that is over x{LARGEST_RATIO}"
            legend.append(f"real: that one's, {reason}")
    if patterns.climbs.by_gradient_alone.any():
        legend.append("plain: by the gradient alone, as no robust climb scored above 0")
    title = f"{patterns.layer}: {patterns.headline()}"
    description = f"Images that gradient ascent found for the filters of {patterns.layer}."
    images = patterns.visible(patterns.images)
    draw_image_grid(images, captions, path, title, description, " | ".join(legend))


def _caption(patterns: Patterns, row: int, names: Sequence[str] | None) -> str:
    fine = f"fine {patterns.high_frequency_shares[row]:.0%}"
    if patterns.real_scores is not None:
        real = rounded(patterns.real_scores[:, row].max(), ".2f")
        fine += f" | {_multiple(patterns.ratios[row]) or f'real {real}'}"
    plain = ", plain" if patterns.climbs.by_gradient_alone[row] else ""
    score, robust = (
        rounded(scores[row], ".2f") for scores in (patterns.scores, patterns.robust_scores)
    )
    return (
        f"{_name(patterns.filters[row], names)}: {patterns.verdicts[row]}{plain}\n"
        f"{score} | robust {robust}\n{fine}"
    )


def _multiple(ratio: float | None) -> str | None:
    return f"x{ratio:.1f}" if ratio is not None and ratio <= LARGEST_RATIO else None


@checked
def draw_restarts(patterns: Patterns, path: PathLike, names: Sequence[str] | None = None) -> None:
    """Draws each filter's distinct patterns, the best of each group, with how many agree.

    They stand in the order of what was climbed, so a filter's first is its pattern in the grid.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
      names: What to call each filter of the layer instead of its number, such as the classes.

    Raises:
      InputError: There are too few names.
    """
    check_filter_names(names, patterns.filters)
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
            score = f"{_name(number, names)}: {climbed}{rounded(group.score, '.2f')}"
            captions.append(f"{score}\n{len(group.members)} of {restarts}")
    plain = " (or plain: by the gradient alone)" if climbs.by_gradient_alone.any() else ""
    layer, found = patterns.layer, f"the distinct patterns of {restarts} restarts"
    single = f"{counts.count(1)} of {len(counts)} filters have one"
    title = f"{layer}: {found}, up to a shift of 4 pixels. {single}."
    description = f"What the climbs from different starts found for each filter of {layer}."
    score = f"the {kind}score that was climbed{plain}"
    legend = f"Below each: the filter, {score}, how many restarts found it."
    draw_image_grid(np.stack(images), captions, path, title, description, legend)


def _name(number: int, names: Sequence[str] | None) -> str:
    return shortened(names[number]) if names else str(number)

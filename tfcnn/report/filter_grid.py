"""All patterns of a layer on one page, each with its figures."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tfcnn.ascent.patterns import Patterns
from tfcnn.report.drawing.image_grid import draw_image_grid


def draw_filter_grid(
    patterns: Patterns, path: str | os.PathLike[str], names: Sequence[str] | None = None
) -> None:
    """Draws every pattern with its filter's number, verdict, score and robust score.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
      names: What to call each filter of the layer instead of its number, such as the classes.
    """
    captions = [_caption(patterns, row, names) for row in range(len(patterns.filters))]
    legend = ["linear output", "robust: blurred and shifted", "fine: energy in fine structure"]
    if patterns.evidence is not None:
        legend[-1] += f" ({patterns.evidence.high_frequency_share:.1%} in real images)"
        legend.append("x: times the best real image's")
        if None in patterns.ratios:
            legend.append("real: that one's, where a score is not above 0")
    if patterns.climbs.by_gradient_alone.any():
        legend.append("plain: by the gradient alone, as no robust climb scored above 0")
    title = f"{patterns.layer}: {patterns.headline()}\n{' | '.join(legend)}"
    draw_image_grid(patterns.visible(patterns.images), captions, path, title)


def _caption(patterns: Patterns, row: int, names: Sequence[str] | None) -> str:
    number, fine = patterns.filters[row], f"fine {patterns.high_frequency_shares[row]:.0%}"
    if patterns.real_scores is not None:
        ratio = patterns.ratios[row]
        real = f"real {patterns.real_scores[:, row].max():.2f}"
        fine += f" | {real if ratio is None else f'x{ratio:.1f}'}"
    plain = ", plain" if patterns.climbs.by_gradient_alone[row] else ""
    return (
        f"{names[number] if names else number}: {patterns.verdicts[row]}{plain}\n"
        f"{patterns.scores[row]:.2f} | robust {patterns.robust_scores[row]:.2f}\n{fine}"
    )

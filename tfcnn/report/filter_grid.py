"""All patterns of a layer on one page, each with its figures."""

from __future__ import annotations

import os

from tfcnn.ascent.evidence import Evidence
from tfcnn.ascent.patterns import Patterns
from tfcnn.report.patterns import draw_patterns


def draw_filter_grid(patterns: Patterns, path: str | os.PathLike[str]) -> None:
    """Draws every pattern with its filter's number, verdict, score and robust score.

    Args:
      patterns: From ``tfcnn.ascent.maximize``.
      path: The PNG file to write.
    """
    captions = [_caption(patterns, row) for row in range(len(patterns.filters))]
    title = (
        f"{patterns.layer}: {patterns.headline()}. Below each pattern: the filter's number and "
        "verdict; its linear output, on the picture as it is and blurred and shifted; the share of "
        "energy in fine structure"
        + (_compared(patterns.evidence) if patterns.evidence else ".")
        + (
            " Where the best real image's score is not above 0 it stands there instead: real "
            "images only suppress the filter."
            if patterns.suppressed
            else ""
        )
    )
    draw_patterns(patterns.visible(patterns.images), captions, path, title)


def _compared(evidence: Evidence) -> str:
    return (
        f" (real images: {evidence.high_frequency_share:.1%}); the score as a multiple of the best "
        "real image's."
    )


def _caption(patterns: Patterns, row: int) -> str:
    number, fine = patterns.filters[row], f"fine {patterns.high_frequency_shares[row]:.0%}"
    if patterns.real_scores is not None:
        real = patterns.real_scores[:, row].max()
        fine += f" | x{patterns.scores[row] / real:.1f}" if real > 0 else f" | real {real:.2f}"
    return (
        f"{number}: {patterns.verdicts[row]}\n"
        f"{patterns.scores[row]:.2f} | robust {patterns.robust_scores[row]:.2f}\n{fine}"
    )

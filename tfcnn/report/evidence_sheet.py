"""Each filter's pattern beside the real patches that excite it most."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.ascent.patterns import Patterns
from tfcnn.errors import InputError
from tfcnn.inspection.patches import top_patches
from tfcnn.model.network import Network
from tfcnn.pixels import as_floats
from tfcnn.report.drawing.numbered_files import draw_in_files
from tfcnn.report.drawing.sheet import Sheet, line_height, shortened
from tfcnn.report.drawing.words import filter_words, scale_words

FILTERS_A_SHEET = 16

_TILE, _GAP, _MARGIN, _WORDS = 0.72, 0.09, 0.2, 1.5
_LEAST_BARS, _BAR = 1.5, 0.11
_LONGEST_NAME = 12
_POINTS, _TITLE_POINTS = 7.5, 11.0


def draw_evidence_sheets(
    network: Network,
    patterns: Patterns,
    images: npt.NDArray[np.uint8],
    class_names: Sequence[str],
    path: pathlib.Path,
) -> list[pathlib.Path]:
    """Draws all filters, ``FILTERS_A_SHEET`` to a PNG file, in place of an earlier call's.

    Args:
      network: The network of the patterns.
      patterns: Patterns with evidence.
      images: uint8 [count, height, width, channels], the images that the evidence is of.
      class_names: One a class of the evidence.
      path: The first file to write; the others have ``_2``, ``_3`` ... behind the name.

    Returns:
      The files written.

    Raises:
      InputError: The patterns come without evidence.
    """

    def draw(some: slice, file: pathlib.Path) -> None:
        rows = range(len(patterns.filters))[some]
        draw_evidence(network, patterns, rows, images, class_names, file)

    return draw_in_files(path, len(patterns.filters), FILTERS_A_SHEET, draw)


def draw_evidence(
    network: Network,
    patterns: Patterns,
    rows: Sequence[int],
    images: npt.NDArray[np.uint8],
    class_names: Sequence[str],
    path: str | os.PathLike[str],
) -> None:
    """Draws up to ``FILTERS_A_SHEET`` filters, one a line, to a PNG file.

    A line holds the figures, the pattern, the nine real patches with the largest linear output
    (each cut to the receptive field of the position that fired, with that output below) and the
    mean activation for each class as bars.

    Args:
      network: The network of the patterns.
      patterns: Patterns with evidence.
      rows: Which of the patterns, by their place in ``patterns``.
      images: uint8 [count, height, width, channels], the images that the evidence is of.
      class_names: One a class of the evidence.
      path: The file to write.

    Raises:
      InputError: The patterns come without evidence.
    """
    evidence = patterns.evidence
    if evidence is None:
        raise InputError("patterns: expected evidence from real images, found none")
    count = evidence.patch_values.shape[0]
    line = _TILE + line_height(_POINTS) + _GAP
    head = 3 * line_height(_TITLE_POINTS)
    patches_left = _MARGIN + _WORDS + _TILE + 3 * _GAP
    bars_left = patches_left + count * (_TILE + _GAP) + 2 * _GAP
    names = [shortened(name, _LONGEST_NAME) for name in class_names]
    bars_width = max(_LEAST_BARS, _BAR * len(names))
    sheet = Sheet(bars_left + bars_width + _MARGIN, head + len(rows) * line + 2 * _MARGIN)
    title = f"{patterns.layer}: pattern, and the real patches that excite the filter most"
    sheet.text(title, _MARGIN, _MARGIN, _TITLE_POINTS, ha="left")
    words = f"{scale_words(images.shape[3])}; below a patch: its linear output, at one position"
    if patterns.climbs.by_gradient_alone[list(rows)].any():
        words += "; plain: by the gradient alone"
    sheet.text(words, _MARGIN, _MARGIN + line_height(_TITLE_POINTS), _POINTS, ha="left")
    sheet.text(
        "mean activation by class",
        bars_left,
        _MARGIN + line_height(_TITLE_POINTS),
        _POINTS,
        ha="left",
    )
    for place, row in enumerate(rows):
        number, top = patterns.filters[row], _MARGIN + head + place * line
        own = filter_words(network, patterns.layer, number, names)
        sheet.text(_figures(patterns, row, own), _MARGIN, top, _POINTS, ha="left")
        picture = patterns.visible(patterns.images)[row]
        width = _TILE * picture.shape[1] / max(picture.shape[:2])
        sheet.image(picture, _MARGIN + _WORDS + _GAP, top, width)
        patches = as_floats(top_patches(network, evidence, images, number))
        for column, patch in enumerate(patches):
            left = patches_left + column * (_TILE + _GAP)
            sheet.image(patch, left, top, _TILE * patch.shape[1] / max(patch.shape[:2]))
            value = f"{evidence.patch_values[column, number]:.2f}"
            sheet.text(value, left + _TILE / 2, top + _TILE + 0.02, _POINTS - 1)
        means = evidence.class_means[:, number]
        tall = _TILE + line_height(_POINTS)
        sheet.bars(means, names, bars_left, top, bars_width, tall)
    sheet.save(path)


def _figures(patterns: Patterns, row: int, name: str) -> str:
    assert patterns.evidence is not None and patterns.real_scores is not None
    number = patterns.filters[row]
    plain = ", plain" if patterns.climbs.by_gradient_alone[row] else ""
    return (
        f"{name}: {patterns.verdicts[row]}\n"
        f"score {patterns.scores[row]:.2f}{plain}\n"
        f"robust {patterns.robust_scores[row]:.2f}\n"
        f"best real {patterns.real_scores[:, row].max():.2f}\n"
        f"fired by {patterns.evidence.firing_share[number]:.1%}"
    )

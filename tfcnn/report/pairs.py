"""Matched filters of two networks side by side: their kernels, and the patterns they react to."""

from __future__ import annotations

import os
from typing import TypeAlias

import matplotlib
import numpy as np
import numpy.typing as npt

from tfcnn.ascent.patterns import Patterns
from tfcnn.inspection.matching import Matching
from tfcnn.model.network import Network
from tfcnn.report.drawing.sheet import Sheet, line_height
from tfcnn.report.drawing.words import scale_words

_TILE, _GAP, _MARGIN, _NAMES = 0.85, 0.06, 0.2, 0.65
_PAIR = 2 * _TILE + _GAP + 0.3
_PAIRS_A_ROW = 6
_POINTS = 8.0

# [pairs, height, width, channels] of the first network's filters, and of their partners.
_Tiles: TypeAlias = tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]


def draw_pairs(
    first: Network,
    second: Network,
    matching: Matching,
    below: Matching | None,
    patterns: tuple[Patterns, Patterns],
    path: str | os.PathLike[str],
) -> None:
    """Draws the kernels and patterns of matched filters, two by two.

    A kernel is drawn as the squares of its input channels, those of the second network in the
    order of their partners, so that equal kernels look equal. One that reads colours is drawn in
    colour, grey where a weight is 0. Layers without kernels, dense ones, and those that read
    channels of which none has a partner, have patterns only.

    Args:
      first: The network of the pairs' first filters.
      second: That of their partners.
      matching: From ``tfcnn.inspection.match_filters`` of the two.
      below: The same of the layer whose maps the kernels read; None where they read the pixels.
      patterns: From ``tfcnn.ascent.maximize``, of the first filters of the pairs to draw, such as
        ``matching.spread`` gives, and in the same order of their partners.
      path: The PNG file to write.
    """
    pairs = np.array([of.filters for of in patterns]).T
    rows: dict[str, _Tiles] = {}
    kernel = first.weights.get(f"{matching.layer}/kernel")  # A batch normalisation has none.
    of_each_filter = (None, None, None, len(matching.correlations))
    is_conv = kernel is not None and kernel.shape.is_compatible_with(of_each_filter)
    if is_conv and (below is None or len(below.partners)):
        rows["kernels"] = _kernels(first, second, matching.layer, below, pairs)
    one, other = patterns
    rows["patterns"] = one.visible(one.images), other.visible(other.images)
    tall = {name: _TILE * max(map(_height_to_width, tiles)) for name, tiles in rows.items()}
    line = sum(tall.values()) + len(rows) * _GAP + 2.6 * line_height(_POINTS) + 0.1
    lines = -(-len(pairs) // _PAIRS_A_ROW)
    head = 3.4 * line_height(_POINTS)
    width = _NAMES + min(len(pairs), _PAIRS_A_ROW) * _PAIR + 2 * _MARGIN
    sheet = Sheet(max(width, 8.0), 2 * _MARGIN + head + lines * line)
    reads_colours = below is None and first.input_shape[2] == 3
    words = _words(matching.layer, first.input_shape[2], "kernels" in rows, reads_colours)
    sheet.text(words, _MARGIN, _MARGIN, _POINTS, ha="left")
    for number, (numbers, correlation) in enumerate(
        zip(pairs, matching.correlations[pairs[:, 0], pairs[:, 1]], strict=True)
    ):
        row, column = divmod(number, _PAIRS_A_ROW)
        left, top = _MARGIN + _NAMES + column * _PAIR, _MARGIN + head + row * line
        title = f"{correlation:.2f}\n{numbers[0]} and {numbers[1]}"
        sheet.text(title, left + _TILE + _GAP / 2, top, _POINTS)
        top += 2.6 * line_height(_POINTS)
        for name, tiles in rows.items():
            if not column:
                middle = top + tall[name] / 2
                sheet.text(name, _MARGIN, middle, _POINTS, ha="left", va="center")
            for side, images in enumerate(tiles):
                sheet.image(images[number], left + side * (_TILE + _GAP), top, _TILE)
            top += tall[name] + _GAP
    sheet.save(path)


def _height_to_width(tiles: npt.NDArray[np.floating]) -> float:
    return tiles.shape[1] / tiles.shape[2]


def _words(layer: str, channels: int, with_kernels: bool, reads_colours: bool) -> str:
    scales = f"Patterns: {scale_words(channels)}."
    if with_kernels:
        colours = (
            "red, green and blue, grey at 0" if reads_colours else "red is positive, blue negative"
        )
        scales = f"Kernels: {colours}, one scale a kernel. {scales}"
    return (
        f"{layer}: matched filters of two trainings, from the best pair to the worst.\n"
        "Above each pair: the correlation on the test images, and the filters' numbers.\n" + scales
    )


def _kernels(
    first: Network,
    second: Network,
    layer: str,
    below: Matching | None,
    pairs: npt.NDArray[np.intp],
) -> _Tiles:
    """Kernels in colours, input channels side by side; each network's may have its own size."""
    one, other = (network.weights[f"{layer}/kernel"].numpy() for network in (first, second))
    draw = _in_colours if below is None and one.shape[2] == 3 else _mosaic
    if below is not None:
        # Channels without a partner, which never change, have nothing to say.
        one, other = one[:, :, below.partners[:, 0]], other[:, :, below.partners[:, 1]]
    return (
        np.stack([draw(one[..., number]) for number in pairs[:, 0]]),
        np.stack([draw(other[..., number]) for number in pairs[:, 1]]),
    )


def _in_colours(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return 0.5 + kernel / (2 * (float(np.abs(kernel).max()) or 1.0))


def _mosaic(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """[height, width, inputs] -> [..., ..., 3]: the inputs in a square, with grey lines between."""
    height, width, count = kernel.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    limit = float(np.abs(kernel).max()) or 1.0
    line = 1 if count > 1 else 0
    padded = np.full((height + line, width + line, rows * columns), np.nan)
    padded[:height, :width, :count] = kernel / limit / 2 + 0.5
    tiles = padded.reshape(height + line, width + line, rows, columns).transpose(2, 0, 3, 1)
    colors = matplotlib.colormaps["RdBu_r"].with_extremes(bad="0.85")
    laid = tiles.reshape(rows * (height + line), columns * (width + line))
    return colors(np.ma.masked_invalid(laid))[..., :3]

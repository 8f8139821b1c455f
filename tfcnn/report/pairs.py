"""Matched filters of two networks side by side: their kernels, and the patterns they react to."""

from __future__ import annotations

import os

import matplotlib
import numpy as np
import numpy.typing as npt

from tfcnn.ascent.maximize import SMALL_FIELD, maximize
from tfcnn.inspection.matching import Matching
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.report.patterns import scale_words
from tfcnn.report.sheet import Sheet, line_height

_TILE, _GAP, _MARGIN, _NAMES = 0.85, 0.06, 0.2, 0.65
_PAIR = 2 * _TILE + _GAP + 0.3
_PAIRS_A_ROW = 6
_POINTS = 8.0


def draw_pairs(
    first: Network,
    second: Network,
    matching: Matching,
    below: Matching | None,
    count: int,
    path: str | os.PathLike[str],
) -> None:
    """Draws the kernels and patterns of matched filters, from the best pair to the worst.

    A kernel is drawn as the squares of its input channels, those of the second network in the
    order of their partners, so that equal kernels look equal. One that reads colours is drawn in
    colour, grey where a weight is 0. Dense layers have patterns only.

    Args:
      first: The network of the pairs' first filters.
      second: That of their partners.
      matching: From ``tfcnn.inspection.match_filters`` of the two.
      below: The same of the layer whose maps the kernels read; None where they read the pixels.
      count: How many pairs, evenly spread over the ranking.
      path: The PNG file to write.
    """
    ranked = np.argsort(-matching.matched, kind="stable")
    chosen = ranked[np.unique(np.linspace(0, len(ranked) - 1, count).round().astype(int))]
    pairs = matching.partners[chosen]
    rows: dict[str, npt.NDArray[np.floating]] = {}
    kernel = first.weights.get(f"{matching.layer}/kernel")
    if kernel is not None and kernel.shape.rank == 4:
        rows["kernels"] = _kernels(first, second, matching.layer, below, pairs)
    rows["patterns"] = _patterns(first, second, matching.layer, pairs)
    lines = -(-len(pairs) // _PAIRS_A_ROW)
    tall = {name: _TILE * tiles.shape[2] / tiles.shape[3] for name, tiles in rows.items()}
    line = sum(tall.values()) + len(rows) * _GAP + 2.6 * line_height(_POINTS) + 0.1
    head = 3.4 * line_height(_POINTS)
    scales = [f"Patterns: {scale_words(first.input_shape[2])}."]
    if "kernels" in rows:
        reads_colours = below is None and first.input_shape[2] == 3
        colours = (
            "red, green and blue, grey at 0" if reads_colours else "red is positive, blue negative"
        )
        scales.insert(0, f"Kernels: {colours}, one scale a kernel.")
    width = _NAMES + min(len(pairs), _PAIRS_A_ROW) * _PAIR + 2 * _MARGIN
    sheet = Sheet(max(width, 8.0), 2 * _MARGIN + head + lines * line)
    words = (
        f"{matching.layer}: matched filters of two trainings, from the best pair to the worst.\n"
        "Above each pair: the correlation on the test images, and the filters' numbers.\n"
        + " ".join(scales)
    )
    sheet.text(words, _MARGIN, _MARGIN, _POINTS, ha="left")
    for number, (pair, place) in enumerate(zip(pairs, chosen, strict=True)):
        row, column = divmod(number, _PAIRS_A_ROW)
        left, top = _MARGIN + _NAMES + column * _PAIR, _MARGIN + head + row * line
        title = f"{matching.matched[place]:.2f}\n{pair[0]} and {pair[1]}"
        sheet.text(title, left + _TILE + _GAP / 2, top, _POINTS)
        top += 2.6 * line_height(_POINTS)
        for name, tiles in rows.items():
            if not column:
                middle = top + tall[name] / 2
                sheet.text(name, _MARGIN, middle, _POINTS, ha="left", va="center")
            for side in (0, 1):
                sheet.image(tiles[side, number], left + side * (_TILE + _GAP), top, _TILE)
            top += tall[name] + _GAP
    sheet.save(path)


def _patterns(
    first: Network, second: Network, layer: str, pairs: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    """[2, pairs, height, width, channels]: what excites the filters most."""
    rows = {row.name: row for row in geometry(first.architecture, first.input_shape)}
    small = max(rows[layer].receptive_field) < SMALL_FIELD
    found = [
        maximize(
            network,
            layer,
            [int(number) for number in numbers],
            reduction="centre" if small else "mean",
            progress=False,
        )
        for network, numbers in zip((first, second), pairs.T, strict=True)
    ]
    return np.stack([patterns.visible(patterns.images) for patterns in found])


def _kernels(
    first: Network,
    second: Network,
    layer: str,
    below: Matching | None,
    pairs: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64]:
    """[2, pairs, height, width, 3]: kernels in colours, input channels side by side."""
    one, other = (network.weights[f"{layer}/kernel"].numpy() for network in (first, second))
    draw = _in_colours if below is None and one.shape[2] == 3 else _mosaic
    if below is not None:
        # Channels without a partner, which never change, have nothing to say.
        one, other = one[:, :, below.partners[:, 0]], other[:, :, below.partners[:, 1]]
    return np.stack(
        [
            [draw(kernel[..., number]) for number in numbers]
            for kernel, numbers in zip((one, other), pairs.T, strict=True)
        ]
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

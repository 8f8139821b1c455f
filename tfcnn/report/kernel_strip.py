"""Kernels over the course of a training: where filters come from."""

from __future__ import annotations

import os
from collections.abc import Sequence

import matplotlib
import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError
from tfcnn.report.drawing.sheet import Sheet, line_height

MOST_FILTERS = 16
_TILE, _GAP, _MARGIN, _NAMES = 0.55, 0.07, 0.2, 0.95
_POINTS = 8.0


def draw_kernel_strip(
    kernels: npt.ArrayLike,
    times: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
    reads_colours: bool = False,
) -> None:
    """Draws a line of kernels for each time, all on one colour scale symmetric about zero.

    At most the first 16 filters are drawn, and of each the weights of the first input channel, or
    in colour as by ``draw_kernels`` if the channels are red, green and blue. Under each stands its
    correlation with the same filter at the first time.

    Args:
      kernels: Weights [times, kernel_height, kernel_width, in_channels, out_channels].
      times: A heading for each.
      path: The PNG file to write.
      title: What the picture is titled, such as the kernel's path.
      reads_colours: Whether the 3 input channels are red, green and blue.

    Raises:
      InputError: ``kernels`` has another number of axes, or of times.
    """
    weights = np.asarray(kernels)
    if weights.ndim != 5 or len(weights) != len(times):
        raise InputError(
            f"kernels: expected 5 axes and {len(times)} times, found shape {weights.shape}"
        )
    correlations = correlations_with_first(weights)
    inputs, filters = weights.shape[3:]
    drawn = min(filters, MOST_FILTERS)
    tiles, scale = _tiles(weights[..., :drawn], reads_colours)
    tall = _TILE * weights.shape[1] / weights.shape[2]
    line = tall + line_height(_POINTS) + _GAP
    head = 4.2 * line_height(_POINTS)
    width = max(_NAMES + drawn * (_TILE + _GAP) + 2 * _MARGIN, 8.0)
    sheet = Sheet(width, 2 * _MARGIN + head + len(times) * line)
    of_inputs = f", input channel 0 of {inputs}" if inputs > 1 and not reads_colours else ""
    words = (
        f"{title}{of_inputs}: {scale}\n"
        "below each: the correlation of all its weights with those at the first time"
    )
    sheet.text(words, _MARGIN, _MARGIN, _POINTS, ha="left")
    for row, time in enumerate(times):
        top = _MARGIN + head + row * line
        sheet.text(time, _MARGIN, top + tall / 2, _POINTS, ha="left", va="center")
        for number in range(drawn):
            left = _MARGIN + _NAMES + number * (_TILE + _GAP)
            middle = left + _TILE / 2
            if row == 0:
                sheet.text(str(number), middle, top - 0.03, _POINTS, va="bottom")
            sheet.image(tiles[row, ..., number], left, top, _TILE)
            sheet.text(f"{correlations[row, number]:.2f}", middle, top + tall + 0.02, _POINTS - 1)
    sheet.save(path)


def _tiles(
    weights: npt.NDArray[np.floating], reads_colours: bool
) -> tuple[npt.NDArray[np.floating], str]:
    """[times, height, width, 3, filters]: kernels in [0, 1], and what their colours mean."""
    shown = weights if reads_colours else weights[:, :, :, 0]
    limit = float(np.abs(shown).max()) or 1.0
    shares = 0.5 + shown / (2 * limit)
    if reads_colours:
        return shares, f"red, green, blue: black at {-limit:.2f}, half at 0, full at {limit:.2f}"
    colours = matplotlib.colormaps["RdBu_r"](shares)[..., :3]
    return np.moveaxis(colours, -1, 3), f"blue {-limit:.2f}, white 0, red {limit:.2f}"


def correlations_with_first(kernels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Float64 [times, filters]: Pearson's correlation of each filter's weights with the first's.

    Args:
      kernels: [times, ..., filters]; 0 where a filter's weights are all equal.
    """
    flat = np.asarray(kernels, np.float64)
    flat = flat.reshape(len(flat), -1, flat.shape[-1])
    centred = flat - flat.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    products = (centred * centred[0]).sum(axis=1)
    scale = norms * norms[0]
    return np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)

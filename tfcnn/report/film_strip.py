"""Patterns over the course of a training, as a strip and as a moving picture."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.animation import ArtistAnimation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tfcnn.ascent import Birth
from tfcnn.atomic_files import replacing
from tfcnn.report.drawing.sheet import Sheet, line_height, shortened, text_width
from tfcnn.report.drawing.words import scale_words

_TILE, _GAP, _MARGIN = 0.85, 0.08, 0.2
_LONGEST_NAME = 18
_POINTS, _TITLE_POINTS = 7.5, 11.0
_FRAMES_A_SECOND = 3


def draw_birth(
    birth: Birth,
    times: Sequence[str],
    strip: str | os.PathLike[str],
    animation: str | os.PathLike[str],
    names: Sequence[str] | None = None,
) -> None:
    """Draws how the patterns of some filters came to be.

    Args:
      birth: From ``tfcnn.ascent.birth``.
      times: A heading for each time.
      strip: The PNG file to write: a line for each filter, a column for each time.
      animation: The GIF file to write: all filters at once, a frame for each time.
      names: What to call each filter of the layer instead of its number, such as the classes.
    """
    words = [names[number] if names else f"filter {number}" for number in birth.filters]
    _draw_strip(birth, words, times, strip)
    _write_animation(birth.images, times, animation)


def _draw_strip(
    birth: Birth, names: Sequence[str], times: Sequence[str], path: str | os.PathLike[str]
) -> None:
    line = _TILE + line_height(_POINTS) + _GAP
    head = 3.4 * line_height(_TITLE_POINTS)
    names = [shortened(name, _LONGEST_NAME) for name in names]
    tiles_left = _MARGIN + max(map(len, names)) * text_width(_POINTS) + _GAP
    width = max(tiles_left + len(times) * (_TILE + _GAP) + _MARGIN, 7.5)
    sheet = Sheet(width, head + len(birth.filters) * line + 2 * _MARGIN)
    title = f"{birth.layer}: the same climb from the same start during the training"
    sheet.text(title, _MARGIN, _MARGIN, _TITLE_POINTS, ha="left")
    below = "below a pattern: its score on the network of then"
    words = f"{scale_words(birth.images.shape[-1])}; {below}"
    sheet.text(words, _MARGIN, _MARGIN + line_height(_TITLE_POINTS), _POINTS, ha="left")
    for row, name in enumerate(names):
        top = _MARGIN + head + row * line
        sheet.text(name, _MARGIN, top + _TILE / 2, _POINTS, ha="left", va="center")
        for column, time in enumerate(times):
            left = tiles_left + column * (_TILE + _GAP)
            if row == 0:
                sheet.text(time, left + _TILE / 2, top - 0.03, _POINTS, va="bottom")
            sheet.image(birth.images[column, row], left, top, _TILE)
            score = f"{birth.scores[column, row]:.2f}"
            sheet.text(score, left + _TILE / 2, top + _TILE + 0.02, _POINTS)
    sheet.save(path)


def _write_animation(
    images: npt.NDArray[np.float32], times: Sequence[str], path: str | os.PathLike[str]
) -> None:
    """Writes images [times, filters, height, width, channels] as frames of a GIF."""
    objects, height, width, channels = images.shape[1:]
    columns = math.ceil(math.sqrt(objects))
    rows = math.ceil(objects / columns)
    size = 0.9
    figure = Figure(figsize=(columns * size, rows * size + 0.35), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.axis("off")
    frames = []
    for shot, time in zip(images, times, strict=True):
        grid = np.ones((rows * columns, height + 2, width + 2, channels), np.float32)
        grid[:objects, 1:-1, 1:-1] = shot
        laid = grid.reshape(rows, columns, height + 2, width + 2, channels).swapaxes(1, 2)
        picture = laid.reshape(rows * (height + 2), columns * (width + 2), channels)
        shown = axes.imshow(
            picture[:, :, 0] if channels == 1 else picture,
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="nearest",
        )
        label = axes.text(0.5, 1.01, time, transform=axes.transAxes, ha="center", va="bottom")
        frames.append([shown, label])
    with replacing(path) as partial:
        animation = ArtistAnimation(figure, frames)
        animation.save(partial, writer=PillowWriter(fps=_FRAMES_A_SECOND), dpi=110)

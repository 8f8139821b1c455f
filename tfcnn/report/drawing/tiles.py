"""Images in rows and columns on one page: their captions, the heads of both, and a title."""

from __future__ import annotations

import dataclasses
import itertools
import math
import os
import pathlib
import textwrap
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tfcnn.errors import InputError
from tfcnn.report.drawing.numbered_files import draw_in_files
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import scale_words

_Item = TypeVar("_Item")
_Image = npt.NDArray[np.floating]

# Inches, and points of text that a person reads without zooming.
_MARGIN, _GAP, _LEAST_PAGE, _LEAST_SIDE = 0.2, 0.09, 6.5, 0.95
_KEY, _LEAST_BARS, _MOST_BARS = 1.6, 1.5, 12.0
_POINTS, _TITLE_POINTS, _NAME_POINTS = 7.5, 10.0, 5.5


@dataclasses.dataclass(frozen=True)
class Tile:
    """One image, or several side by side, with a caption.

    Attributes:
      images: Each [height, width, 1 or 3] in [0, 1]; its longer side is the page's ``side``. None
        leave the place empty.
      caption: Text below, of one line or more.
    """

    images: Sequence[_Image]
    caption: str = ""

    def size(self, side: float) -> tuple[float, float]:
        """Width and height of the images, in inches."""
        sizes = [_scaled(image, side) for image in self.images]
        gaps = (len(sizes) - 1) * _GAP / 2
        return sum(width for width, _ in sizes) + gaps, max((tall for _, tall in sizes), default=0)

    def put(self, page: Axes, left: float, top: float, side: float) -> None:
        """Puts the images on a page, the left upper corner of the first at (left, top)."""
        for image in self.images:
            width, height = _scaled(image, side)
            _put_image(page, image, left, top, width, height)
            left += width + _GAP / 2


@dataclasses.dataclass(frozen=True)
class Bars:
    """Bars that stand where an image could, the largest reaching its upper edge.

    Attributes:
      values: One a bar.
      names: What stands under each, on end where it is wider than its bar; none if empty.
      form: How the value above each is written, such as ``.1%``; "" for an axis instead.
      caption: Text below.
    """

    values: _Image
    names: Sequence[str] = ()
    form: str = ""
    caption: str = ""

    @property
    def _width(self) -> float:
        width = len(self.values) * (0.32 if self.form else 0.12)
        return min(max(width, _LEAST_BARS), _MOST_BARS)

    @property
    def _on_end(self) -> float:
        """How tall the names are if they stand on end, or 0 if they need not."""
        longest = max(map(len, self.names), default=0) * _text_width(_NAME_POINTS)
        return longest if longest > self._width / len(self.values) else 0.0

    def size(self, side: float) -> tuple[float, float]:
        """Width and height, in inches."""
        return self._width + 2 * _MARGIN, side + self._on_end

    def put(self, page: Axes, left: float, top: float, side: float) -> None:
        """Puts the bars on a page, their left upper corner at (left, top)."""
        height = side - _line_height(_NAME_POINTS)
        bounds = (left + 1.5 * _MARGIN, -top - height, self._width, height)
        axes = page.inset_axes(bounds, transform=page.transData)
        bars = axes.bar(range(len(self.values)), self.values, color="tab:blue")
        axes.axhline(0, color="0.6", linewidth=0.4)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.margins(x=0.01)
        axes.tick_params(labelsize=_NAME_POINTS, length=2, pad=1.5)
        if self.names:
            places = range(len(self.names))
            axes.set_xticks(places, self.names, rotation=90 if self._on_end else 0)
            axes.tick_params(axis="x", length=0)
        if self.form:
            axes.bar_label(bars, [format(v, self.form) for v in self.values], fontsize=_NAME_POINTS)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)


@dataclasses.dataclass(frozen=True)
class Key:
    """What the colours mean: a strip of them from ``low`` to ``high``, each a few words."""

    low: str
    colours: _Image  # [count, 1 or 3] in [0, 1].
    high: str


def draw_tiles(
    rows: Sequence[Sequence[Tile | Bars]],
    path: str | os.PathLike[str],
    title: str,
    description: str,
    legend: str = "",
    key: Key | None = None,
    row_heads: Sequence[str] = (),
    column_heads: Sequence[str] = (),
    side: float = 0.85,
) -> None:
    """Draws tiles in rows and columns to a PNG file; no text meets another or the page's edge.

    Args:
      rows: The tiles of each row; a row may be shorter than others.
      path: The file to write.
      title: What the picture is titled; wrapped where it is too long.
      description: A sentence that says what is seen; kept in the file.
      legend: What figures and colours mean, in smaller letters below the title.
      key: A strip of colours below the legend.
      row_heads: Text on the left of each row, of one line or more; none if empty.
      column_heads: Text above each column, of one line or more; none if empty.
      side: The longer side of an image, in inches.
    """
    names = row_heads or [""] * len(rows)
    widths = _column_widths(rows, column_heads, side)
    lefts = [_MARGIN + (max(map(_width, names)) + _GAP if row_heads else 0)]
    for width in widths:
        lefts.append(lefts[-1] + width + _GAP)
    page_width = max(lefts[-1] - _GAP + _MARGIN, _LEAST_PAGE)
    figure = Figure()
    # One set of axes for everything, in inches from its left upper corner: hundreds of images cost
    # no more than a few.
    page = figure.add_axes((0, 0, 1, 1))
    page.axis("off")
    top = _put_heading(page, page_width, title, legend, key)
    top += max(map(_height, column_heads), default=0)
    for head, left, width in zip(column_heads, lefts, widths, strict=False):
        _put_text(page, head, left + width / 2, top - 0.03, va="bottom")
    for name, row in zip(names, rows, strict=True):
        tall = max(tile.size(side)[1] for tile in row)
        middle = top + max(tall, _height(name)) / 2
        _put_text(page, name, _MARGIN, middle, ha="left", va="center")
        for tile, left, width in zip(row, lefts, widths, strict=False):
            wide, high = tile.size(side)
            tile.put(page, left + (width - wide) / 2, top, side)
            _put_text(page, tile.caption, left + width / 2, top + high + 0.03)
        top += (
            max(_height(name), *(tile.size(side)[1] + _height(tile.caption) for tile in row)) + _GAP
        )
    # imshow fits the axes to each image and keeps its pixels square; the page is given instead.
    height = top + _MARGIN - _GAP
    page.set(xlim=(0, page_width), ylim=(-height, 0), aspect="auto")
    figure.set_size_inches(page_width, height)
    save_png(figure, path, description)


def draw_tile_sheets(
    rows: Sequence[Sequence[Tile | Bars]],
    path: pathlib.Path,
    most: int,
    row_heads: Sequence[str],
    **named: Any,
) -> list[pathlib.Path]:
    """Draws by ``draw_tiles``, ``most`` rows to a file, in place of an earlier call's files.

    Returns:
      The files written: ``path``, and others with ``_2``, ``_3`` ... behind its name.
    """

    def draw(some: slice, file: pathlib.Path) -> None:
        draw_tiles(rows[some], file, row_heads=row_heads[some], **named)

    return draw_in_files(path, len(rows), most, draw)


def draw_image_grid(
    images: npt.ArrayLike,
    captions: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
    description: str,
    legend: str = "",
) -> None:
    """Draws a grid of images with a caption under each to a PNG file.

    >>> images = data.test.images[:3] / 255
    >>> tfcnn.report.draw_image_grid(images, list("abc"), "digits.png", "Digits", "Three digits.")
    >>> tfcnn.report.read_description("digits.png")
    'Three digits.'

    Args:
      images: [count, height, width, channels] in [0, 1], with 1 channel (grey) or 3 (RGB).
      captions: ``count`` texts of one line or more, such as ``"7: 2.31"``.
      path: The file to write.
      title: What the picture is titled; wrapped where it is too long.
      description: A sentence that says what is seen; kept in the file.
      legend: What the captions mean, in smaller letters below the title.

    Raises:
      InputError: The shapes do not fit each other.
    """
    pixels = np.asarray(images, np.float32)
    if pixels.ndim != 4 or not len(pixels) or pixels.shape[3] not in (1, 3):
        raise InputError(
            f"images: expected shape [count, height, width, 1 or 3], found {list(pixels.shape)}"
        )
    if len(captions) != len(pixels):
        raise InputError(f"captions: expected {len(pixels)}, found {len(captions)}")
    legend = f"{legend}\n{scale_words(pixels.shape[3])}".strip()
    tiles = [Tile([image], text) for image, text in zip(pixels, captions, strict=True)]
    side = max(_LEAST_SIDE, *map(_width, captions))
    rows = in_rows(tiles, math.ceil(math.sqrt(len(tiles))))
    draw_tiles(rows, path, title, description, legend, side=side)


def in_rows(tiles: Sequence[_Item], columns: int) -> list[Sequence[_Item]]:
    """Breaks a sequence into rows of ``columns``, the last one as long as what is left."""
    return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]


def _column_widths(
    rows: Sequence[Sequence[Tile | Bars]], heads: Sequence[str], side: float
) -> list[float]:
    """The widest of each column's tiles, captions and head, in inches."""
    widths = [_width(head) for head in heads]
    for row in rows:
        of_row = [max(tile.size(side)[0], _width(tile.caption)) for tile in row]
        widths = list(map(max, itertools.zip_longest(widths, of_row, fillvalue=0.0)))
    return widths


def _put_heading(page: Axes, width: float, title: str, legend: str, key: Key | None) -> float:
    """Puts title, legend and key on top of a page; returns where they end."""
    top = _MARGIN
    for words, points in ((title, _TITLE_POINTS), (legend, _POINTS)):
        room = int((width - 2 * _MARGIN) / _text_width(points))
        lines = [part for line in words.split("\n") for part in textwrap.wrap(line, room)]
        _put_text(page, "\n".join(lines), _MARGIN, top, ha="left", fontsize=points)
        top += len(lines) * _line_height(points)
    if key:
        left, strip = _MARGIN + _width(key.low) + _GAP, _line_height(_POINTS)
        _put_text(page, key.low, _MARGIN, top, ha="left")
        _put_image(page, key.colours[np.newaxis], left, top, _KEY, 0.8 * strip)
        _put_text(page, key.high, left + _KEY + _GAP, top, ha="left")
        top += strip
    return top + _GAP


def _put_image(
    page: Axes, pixels: _Image, left: float, top: float, width: float, height: float
) -> None:
    page.imshow(
        pixels[:, :, 0] if pixels.shape[2] == 1 else pixels.clip(0, 1),
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=(left, left + width, -top - height, -top),
    )
    # White pixels at the border would be lost on the white page.
    frame = Rectangle((left, -top), width, -height, fill=False, edgecolor="0.6", linewidth=0.4)
    page.add_patch(frame)


def _put_text(page: Axes, words: str, x: float, y: float, **named: Any) -> None:
    """Puts text with its anchor, by default the middle of its upper edge, at (x, y)."""
    if words:
        page.text(x, -y, words, **{"ha": "center", "va": "top", "fontsize": _POINTS} | named)


def _scaled(image: _Image, side: float) -> tuple[float, float]:
    """Width and height of an image whose longer side is ``side``."""
    height, width = image.shape[:2]
    return side * width / max(height, width), side * height / max(height, width)


def _width(words: str) -> float:
    return max(map(len, words.split("\n"))) * _text_width(_POINTS)


def _height(words: str) -> float:
    return (words.count("\n") + 1) * _line_height(_POINTS) if words else 0.0


def _text_width(points: float) -> float:
    """About how wide a character is, in inches: two thirds of the letter's height."""
    return 0.66 * points / 72


def _line_height(points: float) -> float:
    """The distance of two lines of text, in inches."""
    return 1.35 * points / 72

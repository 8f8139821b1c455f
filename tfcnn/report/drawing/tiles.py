"""Images in rows and columns on one page: their captions, the heads of both, and a title."""

import itertools
import math
import pathlib
import re
import textwrap
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.pixels import as_floats
from tfcnn.report.checks import COLOURS
from tfcnn.report.drawing.cells import (
    GAP,
    POINTS,
    Bars,
    Key,
    Tile,
    line_height,
    put_image,
    put_text,
    text_width,
)
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import scale_words
from tfcnn.typing import Images, PathLike

_Item = TypeVar("_Item")

# Inches, and points of a page's title.
_MARGIN, _LEAST_PAGE, _LEAST_SIDE, _KEY, _TITLE_POINTS = 0.2, 6.5, 0.95, 1.6, 10.0


def draw_tiles(
    rows: Sequence[Sequence[Tile | Bars]],
    path: PathLike,
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
    lefts = [_MARGIN + (max(map(_width, names)) + GAP if row_heads else 0)]
    for width in widths:
        lefts.append(lefts[-1] + width + GAP)
    page_width = max(lefts[-1] - GAP + _MARGIN, _LEAST_PAGE)
    figure = Figure()
    # One set of axes for everything, in inches from its left upper corner: hundreds of images cost
    # no more than a few.
    page = figure.add_axes((0, 0, 1, 1))
    page.axis("off")
    top = _put_heading(page, page_width, title, legend, key)
    top += max(map(_height, column_heads), default=0)
    for head, left, width in zip(column_heads, lefts, widths, strict=False):
        put_text(page, head, left + width / 2, top - 0.03, va="bottom")
    for name, row in zip(names, rows, strict=True):
        tall = min(max(tile.size(side)[1] for tile in row), side)  # Without the names of bars.
        middle = top + max(tall, _height(name)) / 2
        put_text(page, name, _MARGIN, middle, ha="left", va="center")
        for tile, left, width in zip(row, lefts, widths, strict=False):
            wide, high = tile.size(side)
            tile.put(page, left + (width - wide) / 2, top, side)
            put_text(page, tile.caption, left + width / 2, top + high + 0.03)
        bottoms = [tile.size(side)[1] + _height(tile.caption) for tile in row]
        top += max(*bottoms, _height(name)) + GAP
    # imshow fits the axes to each image and keeps its pixels square; the page is given instead.
    height = top + _MARGIN - GAP
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
    """Draws by ``draw_tiles``, ``most`` rows to a file, and removes what an earlier call had more.

    Returns:
      The files written: ``path``, and others with ``_2``, ``_3`` ... behind its name.
    """
    sheets, heads = in_rows(rows, most), in_rows(row_heads, most)
    paths = numbered_paths(path, len(sheets))
    for sheet, of_sheet, file in zip(sheets, heads, paths, strict=True):
        draw_tiles(sheet, file, row_heads=of_sheet, **named)
    return paths


def numbered_paths(path: pathlib.Path, count: int) -> list[pathlib.Path]:
    """``count`` paths: ``path``, and others with ``_2``, ``_3`` ... behind its name.

    Files with a number above these, which an earlier call wrote, are removed; with none all are.
    """
    if not path.name:
        raise wrong("path", "a file to write", f"the folder {path}")
    paths = [path if n == 1 else path.with_stem(f"{path.stem}_{n}") for n in range(1, count + 1)]
    if not paths:
        path.unlink(missing_ok=True)
    if not path.parent.is_dir():
        return paths
    numbered = re.compile(rf"{re.escape(path.stem)}_([1-9][0-9]*){re.escape(path.suffix)}")
    for file in path.parent.iterdir():
        match = numbered.fullmatch(file.name)
        if match and int(match[1]) > len(paths):
            file.unlink()
    return paths


@checked
def draw_image_grid(
    images: Images,
    captions: Sequence[str],
    path: PathLike,
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
      images: uint8 or floats in [0, 1], [count, height, width, channels], with 1 channel (grey) or
        3 (RGB).
      captions: ``count`` texts of one line or more, such as ``"7: 2.31"``.
      path: The file to write.
      title: What the picture is titled; wrapped where it is too long.
      description: A sentence that says what is seen; kept in the file.
      legend: What the captions mean, in smaller letters below the title.

    Raises:
      InputError: The shapes do not fit each other.
    """
    pixels = as_floats(images)
    if pixels.shape[3] not in COLOURS:
        raise wrong("images", "shape [count, height, width, 1 or 3]", list(pixels.shape))
    if len(captions) != len(pixels):
        raise wrong("captions", str(len(pixels)), len(captions))
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
    for words, points in ((title, _TITLE_POINTS), (legend, POINTS)):
        room = int((width - 2 * _MARGIN) / text_width(points))
        lines = [part for line in words.split("\n") for part in textwrap.wrap(line, room)]
        put_text(page, "\n".join(lines), _MARGIN, top, ha="left", fontsize=points)
        top += len(lines) * line_height(points)
    if key:
        left, strip = _MARGIN + _width(key.low) + GAP, line_height(POINTS)
        put_text(page, key.low, _MARGIN, top, ha="left")
        put_image(page, key.colours[np.newaxis], left, top, _KEY, 0.8 * strip)
        put_text(page, key.high, left + _KEY + GAP, top, ha="left")
        top += strip
    return top + GAP


def _width(words: str) -> float:
    return max(map(len, words.split("\n"))) * text_width(POINTS)


def _height(words: str) -> float:
    return (words.count("\n") + 1) * line_height(POINTS) if words else 0.0

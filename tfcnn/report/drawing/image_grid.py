"""Images in a grid, each with its caption."""

from __future__ import annotations

import dataclasses
import math
import os
import textwrap
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError
from tfcnn.report.drawing.sheet import Sheet, line_height, text_width
from tfcnn.report.drawing.words import scale_words

# Inches, and points of text that a person reads without zooming.
_LEAST_TILE = 0.95
_LEAST_WIDTH = 6.0
_GAP = 0.14
_MARGIN = 0.2
_CAPTION_POINTS = 7.5
_TITLE_POINTS = 9.0


def draw_image_grid(
    images: npt.ArrayLike, captions: Sequence[str], path: str | os.PathLike[str], title: str
) -> None:
    """Draws a grid of images with a caption under each to a PNG file.

    Args:
      images: [count, height, width, channels] in [0, 1], with 1 channel (grey) or 3 (RGB).
      captions: ``count`` texts of one line or more, such as ``"7: 2.31"``.
      path: The file to write.
      title: What the picture is titled; wrapped where it is too long.

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
    title = f"{title}\n{scale_words(pixels.shape[3])}"
    layout = _Layout.for_tiles(pixels.shape[1] / pixels.shape[2], captions, title)
    sheet = Sheet(layout.width, layout.height)
    sheet.text(layout.title, layout.width / 2, _MARGIN, _TITLE_POINTS)
    for index, (image, caption) in enumerate(zip(pixels, captions, strict=True)):
        left, top = layout.corner(index)
        sheet.image(image, left, top, layout.tile_width)
        middle, bottom = left + layout.tile_width / 2, top + layout.tile_height
        sheet.text(caption, middle, bottom + 0.03, _CAPTION_POINTS)
    sheet.save(path)


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where everything lies on the page, in inches from its left upper corner."""

    title: str
    columns: int
    tile_width: float
    tile_height: float
    row_height: float
    width: float
    height: float
    left: float
    top: float

    @classmethod
    def for_tiles(cls, height_to_width: float, captions: Sequence[str], title: str) -> _Layout:
        """Lays out a tile for each caption, wide enough for its longest line."""
        lines = [caption.split("\n") for caption in captions]
        longest = max(len(line) for caption in lines for line in caption)
        tile_width = max(_LEAST_TILE, longest * text_width(_CAPTION_POINTS))
        tile_height = tile_width * height_to_width
        row_height = tile_height + max(map(len, lines)) * line_height(_CAPTION_POINTS) + _GAP
        columns = math.ceil(math.sqrt(len(captions)))
        grid_width = columns * (tile_width + _GAP) - _GAP
        width = max(grid_width + 2 * _MARGIN, _LEAST_WIDTH)
        room = int((width - 2 * _MARGIN) / text_width(_TITLE_POINTS))
        title_lines = [part for line in title.split("\n") for part in textwrap.wrap(line, room)]
        top = _MARGIN + len(title_lines) * line_height(_TITLE_POINTS) + _GAP
        return cls(
            title="\n".join(title_lines),
            columns=columns,
            tile_width=tile_width,
            tile_height=tile_height,
            row_height=row_height,
            width=width,
            height=top + math.ceil(len(captions) / columns) * row_height + _MARGIN,
            left=(width - grid_width) / 2,
            top=top,
        )

    def corner(self, index: int) -> tuple[float, float]:
        """Returns the left upper corner of a tile."""
        row, column = divmod(index, self.columns)
        return self.left + column * (self.tile_width + _GAP), self.top + row * self.row_height

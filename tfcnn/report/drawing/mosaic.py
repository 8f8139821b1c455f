"""Numbers as colours, and many small images as one."""

import math

import matplotlib
import numpy as np

from tfcnn.typing import Floats


def mosaic(tiles: Floats, fill: float) -> Floats:
    """Lays tiles in a square, in reading order, with lines a pixel wide between them.

    Args:
      tiles: [count, height, width, channels].
      fill: The value of the lines, and of the places that stay empty.

    Returns:
      [rows * (height + 1) - 1, columns * (width + 1) - 1, channels].
    """
    count, height, width, channels = tiles.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    padded = np.full((rows * columns, height + 1, width + 1, channels), fill, tiles.dtype)
    padded[:count, :height, :width] = tiles
    laid = padded.reshape(rows, columns, height + 1, width + 1, channels).swapaxes(1, 2)
    return laid.reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]


def in_red_and_blue(values: Floats, limit: float) -> Floats:
    """Numbers [...] as colours [..., 3]: ``-limit`` blue, 0 white, ``limit`` red, NaN grey."""
    colours = matplotlib.colormaps["RdBu_r"].with_extremes(bad="0.85")
    return colours(np.ma.masked_invalid(0.5 + values / (2 * limit)))[..., :3]

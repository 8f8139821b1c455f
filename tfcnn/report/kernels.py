"""The weights of a convolution as a picture."""

from __future__ import annotations

import os

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from tfcnn.errors import InputError
from tfcnn.report.drawing.png import save_png

MOST_INPUTS = 16
MOST_FILTERS = 32
_Array = npt.NDArray[np.floating]


def draw_kernels(
    kernel: npt.ArrayLike, path: str | os.PathLike[str], title: str, reads_colours: bool = False
) -> None:
    """Draws a kernel to a PNG file, on one colour scale that is symmetric about zero.

    A kernel with one input channel shows all filters, numbered. One with more shows a matrix:
    input channels down, filters across, at most the first 16 and 32 of them. One that reads
    colours shows all filters in colour, grey where a weight is 0: what is reddest in the picture is
    where red raises the filter's output most.

    Args:
      kernel: Weights ``[kernel_height, kernel_width, in_channels, out_channels]``.
      path: The file to write.
      title: What the picture is titled, such as the kernel's path.
      reads_colours: Whether the 3 input channels are red, green and blue.

    Raises:
      InputError: ``kernel`` has another number of axes.
    """
    weights = np.asarray(kernel)
    if weights.ndim != 4:
        raise InputError(f"{title}: expected a kernel with 4 axes, found shape {weights.shape}")
    limit = float(np.abs(weights).max()) or 1.0
    if reads_colours or weights.shape[2] == 1:
        _draw_grid(weights, limit, path, title)
    else:
        _draw_matrix(weights, limit, path, title)


def _draw_grid(filters: _Array, limit: float, path: str | os.PathLike[str], title: str) -> None:
    """Draws filters ``[height, width, 1 or 3, out_channels]``, each under its number."""
    height, width, channels, count = filters.shape
    columns = min(count, 8 if count <= 64 else 16)
    rows = -(-count // columns)
    tiles = np.full((height, width, channels, rows * columns), np.nan)
    tiles[..., :count] = filters
    mosaic = _Mosaic(tiles.reshape(height, width, channels, rows, columns))
    for index in range(count):
        row, column = divmod(index, columns)
        x = mosaic.column_centres[column]
        y = mosaic.row_centres[row] - height / 2 - mosaic.gap / 2
        mosaic.axes.text(x, y, str(index), ha="center", va="center", fontsize="x-small")
    mosaic.axes.set_axis_off()
    mosaic.save(limit, path, f"{title}: filters 0 to {count - 1}" if count > 1 else title)


def _draw_matrix(weights: _Array, limit: float, path: str | os.PathLike[str], title: str) -> None:
    """Draws ``[height, width, in_channels, out_channels]``, inputs down and filters across."""
    inputs, filters = weights.shape[2:]
    mosaic = _Mosaic(weights[:, :, np.newaxis, :MOST_INPUTS, :MOST_FILTERS])
    mosaic.axes.set_xticks(mosaic.column_centres, _numbers(mosaic.column_centres))
    mosaic.axes.set_yticks(mosaic.row_centres, _numbers(mosaic.row_centres))
    mosaic.axes.tick_params(length=0, labelsize="x-small")
    mosaic.axes.set_xlabel("filter" + _first(MOST_FILTERS, filters))
    mosaic.axes.set_ylabel("input channel" + _first(MOST_INPUTS, inputs))
    mosaic.save(limit, path, title)


def _numbers(centres: _Array) -> list[str]:
    return [str(number) for number in range(len(centres))]


def _first(most: int, of: int) -> str:
    return f" (the first {most} of {of})" if of > most else ""


class _Mosaic:
    """Tiles side by side on one pair of axes.

    Attributes:
      axes: Where they are drawn; one unit is one weight.
      gap: The distance of two tiles.
      row_centres: The tiles' middles along y.
      column_centres: The tiles' middles along x.
    """

    def __init__(self, tiles: _Array) -> None:
        """Lays out tiles ``[height, width, 1 or 3, rows, columns]`` with gaps of NaN before."""
        height, width, channels, rows, columns = tiles.shape
        self.gap = gap = -(-max(height, width) // 4)  # Room for a number, whatever the size.
        before, after, none = (gap, 0), (0, gap), (0, 0)
        gapped = np.pad(tiles, (before, before, none, none, none), constant_values=np.nan)
        laid = gapped.transpose(3, 0, 4, 1, 2).reshape(
            rows * (height + gap), columns * (width + gap), channels
        )
        self._pixels = np.pad(laid, (after, after, none), constant_values=np.nan)
        self.row_centres = gap + np.arange(rows) * (height + gap) + (height - 1) / 2
        self.column_centres = gap + np.arange(columns) * (width + gap) + (width - 1) / 2
        inches = 0.8 if columns <= 16 else 0.4  # A tile with its gap.
        size = (max(columns * inches, 2.5) + 1.6, max(rows * inches, 1.7) + 0.9)
        self._figure = Figure(figsize=size, layout="constrained")
        self.axes = self._figure.subplots()

    def save(self, limit: float, path: str | os.PathLike[str], title: str) -> None:
        """Draws the tiles in colours from ``-limit`` to ``limit`` and writes the file."""
        if self._pixels.shape[2] == 3:
            shares = np.nan_to_num(0.5 + self._pixels / (2 * limit), nan=1.0)
            self.axes.imshow(shares.clip(0, 1), interpolation="nearest")
            title = (
                f"{title}\nred, green, blue: black at -{limit:.3g}, half at 0, full at {limit:.3g}"
            )
        else:
            image = self.axes.imshow(
                self._pixels[..., 0],
                cmap=matplotlib.colormaps["RdBu_r"].with_extremes(bad="0.85"),
                vmin=-limit,
                vmax=limit,
                interpolation="nearest",
            )
            self._figure.colorbar(image, ax=self.axes, label="weight", fraction=0.05, pad=0.02)
        self.axes.set_title(title, fontsize="large" if "\n" not in title else "small")
        save_png(self._figure, path)

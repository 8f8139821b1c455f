"""The weights of a convolution as pictures, at the end of a training and over its course."""

from collections.abc import Sequence

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.report.drawing.cells import Key, Tile
from tfcnn.report.drawing.mosaic import in_red_and_blue
from tfcnn.report.drawing.tiles import draw_tiles, in_rows
from tfcnn.report.drawing.words import evenly, rounded
from tfcnn.typing import ArrayLike, Float64, Floats, PathLike

MOST_INPUTS = 16
MOST_FILTERS = 32
MOST_FILTERS_OVER_TIME = 16
MOST_TIMES = 100


@checked
def draw_kernels(
    kernel: ArrayLike, path: PathLike, title: str, reads_colours: bool = False
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
      InputError: ``kernel`` has another number of axes, or of channels than the colours.
    """
    weights = np.asarray(kernel)
    if weights.ndim != 4 or 0 in weights.shape:
        raise wrong(title, "a kernel with 4 axes", f"shape {weights.shape}")
    _check_colours(weights, reads_colours)
    inputs, filters = weights.shape[2:]
    limit = float(np.abs(weights).max()) or 1.0
    legend, key = _scale(limit, reads_colours)
    description = f"Weights of {title}: {legend}."
    if reads_colours or inputs == 1:
        shown = in_colours(weights, limit, reads_colours)
        tiles = [Tile([image], str(number)) for number, image in enumerate(shown)]
        rows = in_rows(tiles, 8 if filters <= 64 else 16)
        legend += "; below each: the filter's number"
        draw_tiles(rows, path, title, description, legend, key, side=0.7)
        return
    matrix = [
        [Tile([image]) for image in in_colours(weights[:, :, [channel], :MOST_FILTERS], limit)]
        for channel in range(min(inputs, MOST_INPUTS))
    ]
    legend += f"\ndown: input channel{_first(MOST_INPUTS, inputs)}"
    legend += f"; across: filter{_first(MOST_FILTERS, filters)}"
    names = list(map(str, range(MOST_FILTERS)))
    heads = {"row_heads": names[: len(matrix)], "column_heads": names[: len(matrix[0])]}
    draw_tiles(matrix, path, title, description, legend, key, **heads, side=0.4)


@checked
def draw_kernel_strip(
    kernels: ArrayLike,
    times: Sequence[str],
    path: PathLike,
    title: str,
    reads_colours: bool = False,
) -> None:
    """Draws a line of kernels for each time, all on one colour scale symmetric about zero.

    At most the first 16 filters are drawn, at up to 100 times, evenly spaced, and of each the
    weights of the first input channel, or in colour as by ``draw_kernels`` if the channels are red,
    green and blue. Under each stands its correlation with the same filter at the first time.

    Args:
      kernels: Weights [times, kernel_height, kernel_width, in_channels, out_channels].
      times: A heading for each.
      path: The PNG file to write.
      title: What the picture is titled, such as the kernel's path.
      reads_colours: Whether the 3 input channels are red, green and blue.

    Raises:
      InputError: ``kernels`` has another number of axes, of times, or of channels than the colours.
    """
    weights = np.asarray(kernels)
    if weights.ndim != 5 or len(weights) != len(times) or 0 in weights.shape:
        raise wrong("kernels", f"5 axes and {len(times)} times", f"shape {weights.shape}")
    _check_colours(weights, reads_colours)
    correlations = correlations_with_first(weights)
    inputs, filters = weights.shape[3:]
    shown = weights[..., :MOST_FILTERS_OVER_TIME]
    shown = shown if reads_colours else shown[:, :, :, :1]
    limit = float(np.abs(shown).max()) or 1.0
    places = evenly(len(times), MOST_TIMES)
    rows = []
    for place in places:
        images = in_colours(shown[place], limit, reads_colours)
        captions = (rounded(one, ".2f") for one in correlations[place, : len(images)])
        rows.append([Tile([image], words) for image, words in zip(images, captions, strict=True)])
    if inputs > 1 and not reads_colours:
        title += f", input channel 0 of {inputs}"
    if len(places) < len(times):
        title += f", {len(places)} of {len(times)} checkpoints"
    if filters > shown.shape[-1]:
        title += f", the first {shown.shape[-1]} of {filters} filters"
    legend, key = _scale(limit, reads_colours)
    legend += "\nbelow each: the correlation of all its weights with those at the first time"
    description = f"Weights of {title}: a line for each checkpoint, the first on top."
    heads = [times[place] for place in places], list(map(str, range(len(rows[0]))))
    draw_tiles(rows, path, title, description, legend, key, *heads, side=0.55)


@checked
def correlations_with_first(kernels: ArrayLike) -> Float64:
    """Float64 [times, filters]: Pearson's correlation of each filter's weights with the first's.

    Args:
      kernels: [times, ..., filters]; 0 where a filter's weights are all equal.

    Raises:
      InputError: It has fewer axes, or no value.
    """
    flat = np.asarray(kernels, np.float64)
    if flat.ndim < 2 or not flat.size:
        raise wrong("kernels", "shape [times, ..., filters]", list(flat.shape))
    flat = flat.reshape(len(flat), -1, flat.shape[-1])
    centred = flat - flat.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    products = (centred * centred[0]).sum(axis=1)
    scale = norms * norms[0]
    return np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)


def in_colours(kernel: Floats, limit: float, reads_colours: bool = False) -> Floats:
    """Weights [height, width, 1 or 3, filters] as images in [0, 1], [filters, height, width, 3].

    One channel is blue at ``-limit``, white at 0 and red at ``limit``; of three that are red, green
    and blue, each is 0 at ``-limit``, half at 0 and 1 at ``limit``.
    """
    filters = np.moveaxis(kernel, -1, 0)
    if reads_colours:
        return 0.5 + filters / (2 * limit)
    return in_red_and_blue(filters[..., 0], limit)


def _check_colours(weights: Floats, reads_colours: bool) -> None:
    if reads_colours and weights.shape[-2] != 3:
        raise wrong("reads_colours", "3 input channels", weights.shape[-2])


def _scale(limit: float, reads_colours: bool) -> tuple[str, Key | None]:
    """What the colours mean, in words and as a strip of them."""
    if reads_colours:
        return f"red, green, blue: black at {-limit:.3g}, half at 0, full at {limit:.3g}", None
    strip = in_red_and_blue(np.linspace(-1, 1, 65), 1)
    return "red raises the output, blue lowers it", Key(f"{-limit:.3g}", strip, f"{limit:.3g}")


def _first(most: int, of: int) -> str:
    return f" (the first {most} of {of})" if of > most else ""

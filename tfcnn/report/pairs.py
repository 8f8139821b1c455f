"""Matched filters of two networks side by side: their kernels, and the patterns they react to."""

import math

import numpy as np

from tfcnn.arguments import checked
from tfcnn.ascent.patterns import Patterns
from tfcnn.errors import check_length, wrong
from tfcnn.inspection.matching import Matching
from tfcnn.model.network import Network
from tfcnn.report.drawing.cells import Tile
from tfcnn.report.drawing.mosaic import in_red_and_blue, mosaic
from tfcnn.report.drawing.tiles import draw_tiles, in_rows
from tfcnn.report.drawing.words import rounded, scale_words
from tfcnn.report.kernels import in_colours
from tfcnn.typing import ArrayLike, Float32, Floats, PathLike

_LEAST_PAIRS_A_ROW = 6


@checked
def draw_pairs(
    first: Network,
    second: Network,
    matching: Matching,
    below: Matching | None,
    patterns: tuple[Patterns, Patterns],
    path: PathLike,
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

    Raises:
      InputError: The patterns are not of as many filters, or of others than were matched.
    """
    check_length("patterns", patterns[1].filters, len(patterns[0].filters), "filters in both")
    for of, filters in zip(patterns, matching.correlations.shape, strict=True):
        if not of.filters or max(of.filters) >= filters:
            raise wrong("patterns", f"filters from 0 to {filters - 1}", of.filters)
    pairs = list(zip(*(of.filters for of in patterns), strict=True))
    captions = [
        f"{rounded(matching.correlations[pair], '.2f')}\n{pair[0]} and {pair[1]}" for pair in pairs
    ]
    seen = zip(*(of.visible(of.images) for of in patterns), strict=True)
    found = list(map(Tile, seen, captions))
    legend = f"Patterns: {scale_words(first.input_shape[2])}."
    kernel = first.weights.get(f"{matching.layer}/kernel")  # A batch normalisation has none.
    of_each_filter = (None, None, None, len(matching.correlations))
    is_conv = kernel is not None and kernel.shape.is_compatible_with(of_each_filter)
    with_kernels = is_conv and (below is None or len(below.partners) > 0)
    columns = max(_LEAST_PAIRS_A_ROW, math.ceil(math.sqrt(len(pairs))))
    rows = in_rows(found, columns)
    heads: tuple[str, ...] = ()
    if with_kernels:
        kernels = [Tile(pair) for pair in _kernels(first, second, matching.layer, below, pairs)]
        rows = [row for both in zip(in_rows(kernels, columns), rows, strict=True) for row in both]
        heads = ("kernels", "patterns") * (len(rows) // 2)
        coloured = below is None and first.input_shape[2] == 3
        colours = "red, green and blue, grey at 0" if coloured else "red is positive, blue negative"
        legend = f"Kernels: {colours}, one scale a kernel. {legend}"
    title = f"{matching.layer}: matched filters of two trainings, from the best pair to the worst"
    legend += "\nBelow each pair: the correlation on the test images, and the filters' numbers."
    description = f"Filters of {matching.layer} of two trainings that pair up, side by side."
    draw_tiles(rows, path, title, description, legend, row_heads=heads)


def _kernels(
    first: Network, second: Network, layer: str, below: Matching | None, pairs: ArrayLike
) -> list[tuple[Floats, ...]]:
    """The two kernels of each pair in colours; each network's may have its own size."""
    kernels = [network.weights[f"{layer}/kernel"].numpy() for network in (first, second)]
    if below is not None:
        # Channels without a partner, which never change, have nothing to say.
        kernels = [
            kernel[:, :, channels]
            for kernel, channels in zip(kernels, below.partners.T, strict=True)
        ]
    reads_colours = below is None and first.input_shape[2] == 3
    drawn = (
        [_picture(kernel[..., number], reads_colours) for number in numbers]
        for kernel, numbers in zip(kernels, np.transpose(pairs), strict=True)
    )
    return list(zip(*drawn, strict=True))


def _picture(kernel: Float32, reads_colours: bool) -> Floats:
    """[height, width, inputs] -> [..., ..., 3]: in colour, or the inputs in a square."""
    limit = float(np.abs(kernel).max()) or 1.0
    if reads_colours:
        return in_colours(kernel[..., np.newaxis], limit, reads_colours)[0]
    inputs = np.moveaxis(kernel, -1, 0)[..., np.newaxis]
    return in_red_and_blue(mosaic(inputs, np.nan)[..., 0], limit)

"""Each filter's pattern beside the real patches that excite it most."""

import pathlib
from collections.abc import Sequence

from tfcnn.arguments import checked
from tfcnn.ascent.patterns import Patterns
from tfcnn.errors import InputError
from tfcnn.inspection.patches import top_patches
from tfcnn.model.network import Network
from tfcnn.pixels import as_floats, check_shape
from tfcnn.report.checks import check_names
from tfcnn.report.drawing.cells import Bars, Tile
from tfcnn.report.drawing.tiles import draw_tile_sheets
from tfcnn.report.drawing.words import filter_words, rounded, scale_words, shortened
from tfcnn.typing import Images

FILTERS_A_SHEET = 16


@checked
def draw_evidence_sheets(
    network: Network,
    patterns: Patterns,
    images: Images,
    class_names: Sequence[str],
    path: pathlib.Path,
) -> list[pathlib.Path]:
    """Draws all filters, ``FILTERS_A_SHEET`` to a PNG file, in place of an earlier call's.

    A line holds the figures, the pattern, the nine real patches with the largest linear output
    (each cut to the receptive field of the position that fired, with that output below) and the
    mean activation for each class as bars.

    Args:
      network: The network of the patterns.
      patterns: Patterns with evidence.
      images: [count, height, width, channels], uint8 or floats in [0, 1]: those of the evidence.
      class_names: One a class of the evidence.
      path: The first file to write; the others have ``_2``, ``_3`` ... behind the name.

    Returns:
      The files written.

    Raises:
      InputError: The patterns come without evidence, network or images are not those of it, or
        there is not one name a class.
    """
    if patterns.evidence is None:
        raise InputError("patterns: expected evidence from real images, found none")
    check_names(class_names, len(patterns.evidence.class_means))
    check_shape("images", images.shape, (None, *network.input_shape))
    names = [shortened(name) for name in class_names]
    legend = f"{scale_words(images.shape[3])}; below a patch: its linear output, at one position"
    if patterns.climbs.by_gradient_alone.any():
        legend += "; plain: by the gradient alone"
    words = {
        "title": f"{patterns.layer}: pattern, and the real patches that excite the filter most",
        "description": f"Patterns of {patterns.layer} beside the real patches that excite the "
        "filters most.",
        "legend": legend,
    }
    without_head = [""] * len(patterns.evidence.patch_values)
    heads = ["pattern", *without_head, "mean activation by class"]
    rows = range(len(patterns.filters))
    lines = [_line(network, patterns, row, images, names) for row in rows]
    figures = [_figures(network, patterns, row, names) for row in rows]
    return draw_tile_sheets(
        lines, path, FILTERS_A_SHEET, figures, column_heads=heads, side=0.72, **words
    )


def _line(
    network: Network, patterns: Patterns, row: int, images: Images, names: Sequence[str]
) -> list[Tile | Bars]:
    """A filter's pattern, its patches and its answers to the classes."""
    assert patterns.evidence is not None
    number = patterns.filters[row]
    patches = as_floats(top_patches(network, patterns.evidence, images, number))
    values = patterns.evidence.patch_values[:, number]
    return [
        Tile([patterns.visible(patterns.images)[row]]),
        *(Tile([patch], rounded(v, ".2f")) for patch, v in zip(patches, values, strict=True)),
        Bars(patterns.evidence.class_means[:, number], names),
    ]


def _figures(network: Network, patterns: Patterns, row: int, names: Sequence[str]) -> str:
    assert patterns.evidence is not None and patterns.real_scores is not None
    number = patterns.filters[row]
    plain = ", plain" if patterns.climbs.by_gradient_alone[row] else ""
    return (
        f"{filter_words(network, patterns.layer, number, names)}: {patterns.verdicts[row]}\n"
        f"score {rounded(patterns.scores[row], '.2f')}{plain}\n"
        f"robust {rounded(patterns.robust_scores[row], '.2f')}\n"
        f"best real {rounded(patterns.real_scores[:, row].max(), '.2f')}\n"
        f"fired by {patterns.evidence.firing_share[number]:.1%}"
    )

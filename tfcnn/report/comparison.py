"""Two trainings beside each other: figures, curves, and the filters that found each other."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfcnn.ascent.maximize import maximize
from tfcnn.inspection.comparison import LayerComparison
from tfcnn.inspection.matching import Matching
from tfcnn.model.network import Network
from tfcnn.report.patterns import draw_patterns
from tfcnn.report.png import save_png
from tfcnn.report.tables import Table

LEVELS = (0.9, 0.8, 0.7)


def comparison_table(rows: Sequence[LayerComparison]) -> Table:
    """A row a pair of networks and layer: correlations of matched filters, shares, CKA."""
    header = (
        *("pair", "layer", "filters", "mean correlation"),
        *(f"above {level}" for level in LEVELS),
        *("same number", "CKA"),
    )
    return Table(
        header,
        tuple(
            (
                row.pair,
                row.matching.layer,
                str(len(row.matching.partners)),
                f"{row.matching.matched.mean():.3f}",
                *(f"{row.matching.share_above(level):.0%}" for level in LEVELS),
                f"{row.matching.in_the_same_place.mean():.3f}",
                f"{row.cka:.3f}",
            )
            for row in rows
        ),
    )


def draw_comparison(
    rows: Sequence[LayerComparison],
    baselines: Sequence[LayerComparison],
    path: str | os.PathLike[str],
) -> None:
    """Draws the matched filters' correlations, sorted, a panel a layer.

    Args:
      rows: From ``tfcnn.inspection.compare``, of one or more pairs.
      baselines: From ``tfcnn.inspection.baselines``, of the same layers.
      path: The PNG file to write.
    """
    layers = list(dict.fromkeys(row.matching.layer for row in rows))
    figure = Figure(figsize=(3.6 * len(layers), 3.6), layout="constrained")
    panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
    for axes, layer in zip(panels, layers, strict=True):
        for row in rows:
            if row.matching.layer == layer:
                label = f"{row.pair}: CKA {row.cka:.2f}"
                _draw_sorted(axes, row.matching.matched, "-", label, "tab:blue")
                _draw_sorted(axes, row.matching.in_the_same_place, ":", "same number", "tab:red")
        for row, color in zip(
            (row for row in baselines if row.matching.layer == layer),
            ("tab:green", "tab:gray"),
            strict=True,
        ):
            label = f"{row.pair}: CKA {row.cka:.2f}"
            _draw_sorted(axes, row.matching.matched, "--", label, color)
        axes.set_title(layer, fontsize="medium")
        axes.set_xlabel("share of the filters")
        axes.set_ylim(-0.3, 1.05)
        axes.grid(alpha=0.3)
        handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        axes.legend(handles.values(), handles.keys(), fontsize="x-small", loc="lower left")
    panels[0].set_ylabel("correlation with the partner")
    save_png(figure, path)


def _draw_sorted(
    axes: Axes, values: npt.NDArray[np.float64], style: str, label: str, color: str
) -> None:
    shares = (np.arange(len(values)) + 0.5) / len(values)
    axes.plot(shares, np.sort(values)[::-1], style, label=label, color=color)


def draw_pairs(
    first: Network,
    second: Network,
    matching: Matching,
    count: int,
    path: str | os.PathLike[str],
) -> None:
    """Draws the patterns of matched filters side by side, from the best pair to the worst.

    Args:
      first: The network of the pairs' first filters.
      second: That of their partners.
      matching: From ``tfcnn.inspection.match_filters`` of the two.
      count: How many pairs, evenly spread over the ranking.
      path: The PNG file to write.
    """
    ranked = np.argsort(-matching.matched, kind="stable")
    chosen = ranked[np.unique(np.linspace(0, len(ranked) - 1, count).round().astype(int))]
    pairs = matching.partners[chosen]
    found = [
        maximize(network, matching.layer, [int(n) for n in numbers], progress=False)
        for network, numbers in zip((first, second), pairs.T, strict=True)
    ]
    pictures = [patterns.visible(patterns.images) for patterns in found]
    captions, tiles = [], []
    for row, (pair, place) in enumerate(zip(pairs, chosen, strict=True)):
        correlation = matching.matched[place]
        tiles += [pictures[0][row], pictures[1][row]]
        captions += [f"{pair[0]} of the first", f"{pair[1]} of the second\n{correlation:.2f}"]
    title = (
        f"{matching.layer}: matched filters, the best pair first, the worst last. Below the second "
        "of each pair: the correlation of the two on the test images."
    )
    draw_patterns(np.stack(tiles), captions, path, title)

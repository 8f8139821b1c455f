"""How a layer answers to each class, and what simple readers make of the layers."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tfcnn.inspection.class_patterns import ClassPatterns
from tfcnn.inspection.probes import Probe
from tfcnn.report.drawing.png import save_png
from tfcnn.report.tables import Table


def probe_table(probes: Sequence[Probe]) -> Table:
    """A row a layer: how many values it has, and what simple readers make of them."""
    header = ("layer", "values", "linear probe", "nearest neighbours")
    rows = tuple(
        (
            probe.layer,
            f"{probe.values:,}",
            f"{probe.linear_accuracy:.2%}",
            f"{probe.neighbour_accuracy:.2%}",
        )
        for probe in probes
    )
    return Table(header, rows)


def draw_class_patterns(
    found: ClassPatterns, class_names: Sequence[str], path: str | os.PathLike[str]
) -> None:
    """Draws each class's mean pattern as a row of its maps, and the similarity of the classes.

    Args:
      found: From ``tfcnn.inspection.class_patterns``, of a layer with maps or units.
      class_names: One a class.
      path: The PNG file to write.
    """
    classes = len(class_names)
    # All positions of a map, then the next map: a column of pixels a map and position.
    rows = np.moveaxis(found.means, -1, 1).reshape(classes, -1)
    positions = rows.shape[1] // found.means.shape[-1]
    figure = Figure(figsize=(13, 0.32 * classes + 1.2), layout="constrained")
    patterns, matrix = figure.subplots(1, 2, width_ratios=(3, 1))
    drawn = patterns.imshow(rows, cmap="magma", aspect="auto", interpolation="nearest")
    drawn.set_clim(vmin=min(float(rows.min()), 0.0))
    figure.colorbar(drawn, ax=patterns, label="mean value", fraction=0.03, pad=0.01)
    every = max(found.means.shape[-1] // 16, 1)
    patterns.set_xticks(
        np.arange(0, found.means.shape[-1], every) * positions,
        [str(number) for number in range(0, found.means.shape[-1], every)],
        fontsize="x-small",
    )
    patterns.set_yticks(range(classes), class_names, fontsize="small")
    side_by_side = f"map of {found.layer}, its {positions} positions side by side"
    patterns.set_xlabel(side_by_side if positions > 1 else f"unit of {found.layer}")
    cosines = matrix.imshow(found.similarities, cmap="RdBu_r", vmin=-1, vmax=1)
    figure.colorbar(cosines, ax=matrix, label="cosine", fraction=0.046, pad=0.02)
    matrix.set_xticks(range(classes), class_names, fontsize="x-small", rotation=90)
    matrix.set_yticks(range(classes), class_names, fontsize="x-small")
    matrix.set_title("similarity, each less the mean of all", fontsize="small")
    save_png(figure, path)

"""How a layer answers to each class, and images that it takes for one another."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from tfcnn.data.dataset import Dataset
from tfcnn.inspection.class_patterns import ClassPatterns
from tfcnn.inspection.probes import Probe
from tfcnn.model.network import Network
from tfcnn.report.png import save_png
from tfcnn.report.sheet import Sheet
from tfcnn.report.tables import Table

MOST_PAIRS = 4
_TILE = 0.9


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
      found: From ``tfcnn.inspection.class_patterns``, of a layer with maps.
      class_names: One a class.
      path: The PNG file to write.
    """
    classes = len(class_names)
    # All positions of a map, then the next map: a column of pixels a map and position.
    rows = np.moveaxis(found.means, -1, 1).reshape(classes, -1)
    positions = rows.shape[1] // found.means.shape[-1]
    figure = Figure(figsize=(13, 0.32 * classes + 1.2), layout="constrained")
    patterns, matrix = figure.subplots(1, 2, width_ratios=(3, 1))
    drawn = patterns.imshow(rows, cmap="magma", aspect="auto", interpolation="nearest", vmin=0)
    figure.colorbar(drawn, ax=patterns, label="mean value", fraction=0.03, pad=0.01)
    every = max(found.means.shape[-1] // 16, 1)
    patterns.set_xticks(
        np.arange(0, found.means.shape[-1], every) * positions,
        [str(number) for number in range(0, found.means.shape[-1], every)],
        fontsize="x-small",
    )
    patterns.set_yticks(range(classes), class_names, fontsize="small")
    patterns.set_xlabel(f"map of {found.layer}, its {positions} positions side by side")
    cosines = matrix.imshow(found.similarities, cmap="RdBu_r", vmin=-1, vmax=1)
    figure.colorbar(cosines, ax=matrix, label="cosine", fraction=0.046, pad=0.02)
    matrix.set_xticks(range(classes), class_names, fontsize="x-small", rotation=90)
    matrix.set_yticks(range(classes), class_names, fontsize="x-small")
    matrix.set_title("similarity, each less the mean of all", fontsize="small")
    save_png(figure, path)


def draw_lookalikes(
    network: Network,
    data: Dataset,
    found: ClassPatterns,
    wrong: npt.NDArray[np.int64],
    path: str | os.PathLike[str],
) -> None:
    """Draws, for the pairs of classes confused most, their most similar test images.

    Below each image: its values at the layer, on one scale, and what the network says.

    Args:
      network: The network.
      data: Where the images of ``found`` are the test images.
      found: From ``tfcnn.inspection.class_patterns``.
      wrong: int64 [classes, classes], confusions with zeros on the diagonal.
      path: The PNG file to write.
    """
    both = np.triu(wrong + wrong.T)
    order = np.argsort(-both, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [np.unravel_index(place, both.shape) for place in order]
    numbers = np.array([found.lookalikes[a, b] for a, b in pairs])
    images = data.test.images[numbers.reshape(-1)] / np.float32(255)
    values = network.activations(images)
    said = list(values.values())[-1].numpy().argmax(axis=1)
    maps = values[found.layer].numpy()
    strips = _side_by_side(maps) / max(float(maps.max()), 1e-12)
    width = 2.6
    sheet = Sheet(2 * width * len(pairs) / 2 + 0.4, 4.4)
    for number, image in enumerate(images):
        pair, place = divmod(number, 2)
        left, top = 0.3 + pair * width + place * (width / 2 - 0.05), 0.35
        name = data.class_names[data.test.labels[numbers.reshape(-1)[number]]]
        words = f"{name},\ncalled {data.class_names[said[number]]}"
        sheet.text(words, left + _TILE / 2, 0.04, 7)
        sheet.image(image, left, top, _TILE)
        sheet.image(strips[number][..., np.newaxis], left, top + _TILE + 0.1, _TILE)
        if not place:
            cosine = found.lookalike_similarities[pairs[pair]]
            sheet.text(f"cosine {cosine:.2f}", left + width / 2 - 0.1, 4.15, 7)
    sheet.save(path)


def _side_by_side(maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """[images, height, width, maps] -> [images, ...]: the maps in 8 columns, with lines between."""
    images, height, width, count = maps.shape
    rows = -(-count // 8)
    padded = np.zeros((images, height + 1, width + 1, rows * 8), np.float32)
    padded[:, :height, :width, :count] = maps
    tiles = padded.reshape(images, height + 1, width + 1, rows, 8)
    return tiles.transpose(0, 3, 1, 4, 2).reshape(images, rows * (height + 1), 8 * (width + 1))

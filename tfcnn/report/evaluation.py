"""How well a network classifies: its confusions and its calibration."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from tfcnn.arguments import checked
from tfcnn.errors import check_length
from tfcnn.inspection import Calibration, ClassScores
from tfcnn.inspection.classification import check_confused
from tfcnn.report.checks import check_names
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import name_ticks, rounded_or_dash
from tfcnn.report.tables import Table
from tfcnn.typing import Int64, PathLike

MOST_WITH_NUMBERS = 30
_CELL = 0.55  # Inches.


def _check(confused: Int64, class_names: Sequence[str]) -> None:
    check_confused(confused)
    check_names(class_names, len(confused))


@checked
def class_table(scores: ClassScores, confused: Int64, class_names: Sequence[str]) -> Table:
    """A row a class with its scores and what it is taken for most; a dash divides by zero.

    Args:
      scores: From ``tfcnn.inspection.class_scores``.
      confused: int64 [classes, classes], the class of the images down, what was said across.
      class_names: One a class.

    Raises:
      InputError: These are no such counts, or there is not one name a class.
    """
    _check(confused, class_names)
    check_length("scores", scores.images, len(confused), "classes, as in confused")
    wrong = confused - np.diag(np.diagonal(confused))
    rows = []
    for name, images, mistakes, *shares in zip(
        class_names, scores.images, wrong, scores.precision, scores.recall, scores.f1, strict=True
    ):
        cells = (rounded_or_dash(share, ".2%") for share in shares)
        most = f"{class_names[mistakes.argmax()]} ({mistakes.max()})" if mistakes.any() else "-"
        rows.append((name, f"{images:,}", *cells, most))
    return Table(("class", "images", "precision", "recall", "F1", "taken most for"), tuple(rows))


@checked
def confusion_table(confused: Int64, class_names: Sequence[str]) -> Table:
    """The matrix of counts, the class of the images down, what was said across.

    Raises:
      InputError: These are no such counts, or there is not one name a class.
    """
    _check(confused, class_names)
    rows = tuple(
        (name, *map(str, row)) for name, row in zip(class_names, confused.tolist(), strict=True)
    )
    return Table(("class", *class_names), rows)


@checked
def draw_confusions(
    confused: Int64, class_names: Sequence[str], path: PathLike, title: str
) -> None:
    """Draws the matrix to a PNG file, mistakes in colour: beside the rightly classified, they pale.

    Args:
      confused: int64 [classes, classes], the class of the images down, what was said across.
      class_names: One a class.
      path: The file to write.
      title: What the picture is titled.

    Raises:
      InputError: These are no such counts, or there is not one name a class.
    """
    _check(confused, class_names)
    classes = len(class_names)
    with_numbers = classes <= MOST_WITH_NUMBERS
    side = classes * (_CELL if with_numbers else 0.16)
    figure = Figure(figsize=(max(side, 3) + 2.6, max(side, 3) + 1.8), layout="constrained")
    axes = figure.subplots()
    shares = 100 * confused / np.maximum(confused.sum(axis=1, keepdims=True), 1)
    mistakes = np.ma.masked_array(shares, np.eye(classes, dtype=bool))
    reds = matplotlib.colormaps["Reds"].with_extremes(bad="0.9")
    drawn = axes.imshow(mistakes, cmap=reds, vmin=0, vmax=float(mistakes.max()) or 1)
    figure.colorbar(drawn, ax=axes, label="mistakes, in % of the class", fraction=0.046, pad=0.03)
    if with_numbers:
        for row, column in np.argwhere(confused):
            dark = row != column and mistakes[row, column] > 0.6 * mistakes.max()
            color = "white" if dark else "black"
            count = axes.text(column, row, str(confused[row, column]), color=color)
            count.set(ha="center", va="center", fontsize="x-small")
    name_ticks(axes, class_names, class_names, "small" if with_numbers else 5)
    axes.set_xlabel("what the network says")
    axes.set_ylabel("class of the images")
    figure.suptitle(title, fontsize="medium")
    save_png(figure, path, "What the test images of each class are taken for.")


@checked
def draw_reliability(calibration: Calibration, path: PathLike) -> None:
    """Draws accuracy over confidence, and below it how many images there are, to a PNG file.

    Args:
      calibration: From ``tfcnn.inspection.calibrate``.
      path: The file to write.
    """
    figure = Figure(figsize=(5.4, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    filled = calibration.counts > 0
    edges = calibration.edges
    accuracy, confidence = calibration.accuracies[filled], calibration.confidences[filled]
    style: dict[str, Any] = {"width": np.diff(edges)[filled], "align": "edge", "edgecolor": "white"}
    upper.bar(edges[:-1][filled], accuracy, color="tab:blue", label="accuracy", **style)
    # From the diagonal, at the bin's mean confidence, to the accuracy.
    upper.vlines(
        confidence, accuracy, confidence, color="tab:red", linewidth=2, label="gap to confidence"
    )
    upper.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle="--", label="calibrated")
    upper.set_ylabel("share classified rightly")
    upper.set_ylim(0, 1.02)
    upper.legend(loc="upper left", fontsize="small")
    lower.bar(edges[:-1][filled], calibration.counts[filled], color="tab:gray", **style)
    lower.set_yscale("log")
    lower.set_ylim(bottom=0.8)
    lower.set_ylabel("images")
    lower.set_xlabel("confidence: probability of what the network says")
    lower.set_xlim(0, 1)
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    figure.suptitle(
        f"expected calibration error {calibration.expected_error:.2%}, "
        f"{len(calibration.counts)} bins, {calibration.counts.sum():,} images",
        fontsize="medium",
    )
    save_png(figure, path, "How often the network is right, by how sure it says it is.")

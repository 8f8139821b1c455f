"""The reliability diagram: what a network says of its answers, against how often it is right."""

from __future__ import annotations

import os

import numpy as np
from matplotlib.figure import Figure

from tfcnn.inspection.calibration import Calibration
from tfcnn.report.drawing.png import save_png


def draw_reliability(calibration: Calibration, path: str | os.PathLike[str]) -> None:
    """Draws accuracy over confidence, and below it how many images there are, to a PNG file.

    Args:
      calibration: From ``tfcnn.inspection.calibrate``.
      path: The file to write.
    """
    figure = Figure(figsize=(5.4, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    filled = calibration.counts > 0
    edges = calibration.edges
    left, width = edges[:-1][filled], np.diff(edges)[filled]
    accuracy, confidence = calibration.accuracies[filled], calibration.confidences[filled]
    upper.bar(
        left, accuracy, width, align="edge", color="tab:blue", edgecolor="white", label="accuracy"
    )
    # From the diagonal, at the bin's mean confidence, to the accuracy.
    upper.vlines(
        confidence, accuracy, confidence, color="tab:red", linewidth=2, label="gap to confidence"
    )
    upper.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle="--", label="calibrated")
    upper.set_ylabel("share classified rightly")
    upper.set_ylim(0, 1.02)
    upper.legend(loc="upper left", fontsize="small")
    lower.bar(
        left,
        calibration.counts[filled],
        width,
        align="edge",
        color="tab:gray",
        edgecolor="white",
    )
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
    save_png(figure, path)

"""Texts that Matplotlib would read as formulas, on a page that shows them as they are."""

from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from tfcnn.report.drawing.png import save_png


def drawn(path, title, scale="linear"):
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.set_title(title)
    axes.plot([1, 100])
    axes.set_yscale(scale)
    save_png(figure, path)
    return matplotlib.image.imread(path)


@pytest.mark.parametrize("title", ["$5 or $6", "$5 or $\\frac"])
def test_dollars_are_dollars(tmp_path, title):
    found = drawn(tmp_path / "a.png", title)
    assert found.shape == (360, 480, 4)
    # As a formula it would be as wide as without its two dollars.
    columns = np.flatnonzero((found[:36, :, :3] < 0.5).any(axis=(0, 2)))
    without = drawn(tmp_path / "b.png", title.replace("$", ""))
    narrower = np.flatnonzero((without[:36, :, :3] < 0.5).any(axis=(0, 2)))
    assert np.ptp(columns) > np.ptp(narrower) + 15


def test_powers_on_a_logarithmic_axis_stay_powers(tmp_path):
    found = drawn(tmp_path / "a.png", "", "log")
    labels = np.flatnonzero((found[:, :59, :3] < 0.5).any(axis=(0, 2)))
    assert labels.min() > 15  # "10" with an exponent, not the formula's text, which fills all.

"""Texts that Matplotlib would read as formulas, on a page that shows them as they are."""

from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tfcnn.report.drawing import png
from tfcnn.report.drawing.png import (
    DOTS_PER_INCH,
    note_on_pictures,
    read_description,
    save_png,
)


def drawn(path, title, scale="linear"):
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.set_title(title)
    axes.plot([1, 100])
    axes.set_yscale(scale)
    save_png(figure, path, "A line.")
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


def test_a_note_stands_below_every_picture_and_in_its_file(tmp_path, monkeypatch):
    plain = drawn(tmp_path / "a.png", "title")
    monkeypatch.setattr(png, "_note", "")  # Put back at the end.
    note_on_pictures("on other data")
    noted = drawn(tmp_path / "b.png", "title")
    height, width, _ = plain.shape
    np.testing.assert_array_equal(noted[:height, :width, :3], plain[..., :3])
    below = noted[height:]
    assert noted.shape[1] == width
    letters = np.flatnonzero((below[..., 1] < 0.5).any(axis=0))
    assert 60 < np.ptp(letters) < 130  # Thirteen letters of 14 pixels' height.
    assert (below[[0, -1]] == 1).all()  # None is cut off.
    assert read_description(tmp_path / "b.png") == "A line. Drawn on other data."
    note_on_pictures("on other data, " * 9)
    wide = drawn(tmp_path / "c.png", "title")
    assert (wide[height:, -1] == 1).all() and wide.shape[1] > width


def test_powers_on_a_logarithmic_axis_stay_powers(tmp_path):
    found = drawn(tmp_path / "a.png", "", "log")
    labels = np.flatnonzero((found[:, :59, :3] < 0.5).any(axis=(0, 2)))
    assert labels.min() > 15  # "10" with an exponent, not the formula's text, which fills all.


@pytest.mark.parametrize("words", ["Patterns of conv3.", "Größe: 5 €, <b>…</b>", "two\nlines."])
def test_a_picture_says_what_it_shows(tmp_path, words):
    save_png(Figure(figsize=(1, 1)), tmp_path / "a.png", words)
    assert read_description(tmp_path / "a.png") == words.replace("\n", r"\n")


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff"])
def test_what_is_no_picture_says_nothing(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert read_description(tmp_path / "a.png") == ""


def test_a_picture_of_another_tool_says_nothing(tmp_path):
    matplotlib.image.imsave(tmp_path / "a.png", np.zeros((2, 2, 3)))
    assert read_description(tmp_path / "a.png") == ""


def test_a_page_larger_than_a_png_can_be_has_fewer_dots_an_inch(tmp_path):
    height = 1.5 * 2**16 / DOTS_PER_INCH
    save_png(Figure(figsize=(0.5, height)), tmp_path / "a.png", "Nothing.")
    with Image.open(tmp_path / "a.png") as image:
        assert 0.99 * 2**16 < image.height < 2**16

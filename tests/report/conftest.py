"""Pictures read back: what is drawn where, with what beside it."""

from __future__ import annotations

import dataclasses

import matplotlib.figure
import numpy as np
import pytest


@dataclasses.dataclass
class Placed:
    """An image on a page of tiles, and the texts that a person would read as its own."""

    pixels: np.ndarray
    caption: str
    row: str
    column: str
    left: float
    top: float
    right: float
    bottom: float


def _placed(page):
    # Inches from the left upper corner.
    texts = [(text.get_position()[0], -text.get_position()[1], text) for text in page.texts]
    below = [
        (x, y, text) for x, y, text in texts if text.get_ha() == "center" and text.get_va() == "top"
    ]
    above = [(x, y, text) for x, y, text in texts if text.get_va() == "bottom"]
    beside = [(x, y, text) for x, y, text in texts if text.get_va() == "center"]
    found = []
    for image in page.images:
        pixels = np.asarray(image.get_array())
        if pixels.shape[:2] == (1, 65):
            continue
        left, right, bottom, top = image.get_extent() * np.array([1, 1, -1, -1])
        x, y = (left + right) / 2, (top + bottom) / 2
        line = min((text_y for _, text_y, _ in below if text_y >= bottom), default=None)
        caption = [(abs(at - x), text) for at, text_y, text in below if text_y == line]
        column = [(abs(at - x), text) for at, _, text in above]
        row = [(abs(at - y), text) for _, at, text in beside]
        nearest = (
            min(texts, key=lambda pair: pair[0])[1].get_text() if texts else ""
            for texts in (caption, row, column)
        )
        found.append(Placed(pixels, *nearest, left, top, right, bottom))
    return found


@dataclasses.dataclass
class Picture:
    """What was saved."""

    figure: matplotlib.figure.Figure
    description: str

    @property
    def tiles(self):
        """Every image of a page of tiles but its key's strip, with the texts nearest to it."""
        return _placed(self.figure.axes[0])

    @property
    def words(self):
        """All texts of a page of tiles."""
        return [text.get_text() for text in self.figure.axes[0].texts]


@pytest.fixture
def saved(monkeypatch):
    """The pictures that are saved; they are written all the same."""
    pictures = []
    save = matplotlib.figure.Figure.savefig

    def keep(figure, target, **named):
        pictures.append(Picture(figure, named["metadata"]["Description"]))
        save(figure, target, **named)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", keep)
    return pictures

"""Saving a figure without a screen."""

from __future__ import annotations

import os

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tfcnn.atomic_files import replacing

DOTS_PER_INCH = 120


def save_png(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes ``figure`` to ``path``, whole or not at all."""
    FigureCanvasAgg(figure)
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=DOTS_PER_INCH, facecolor="white")

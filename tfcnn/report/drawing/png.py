"""Saving a figure without a screen."""

from __future__ import annotations

import os

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from tfcnn.atomic_files import replacing

DOTS_PER_INCH = 120


def save_png(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes ``figure`` to ``path``, whole or not at all; a dollar sign in a text is one."""
    FigureCanvasAgg(figure)
    powers = [
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        if axis.get_scale() == "log"
        for label in axis.get_ticklabels(which="both")
    ]
    for text in figure.findobj(Text):
        if text not in powers:
            text.set_parse_math(False)
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=DOTS_PER_INCH, facecolor="white")

"""PNG files that say what they show, drawn without a screen."""

from __future__ import annotations

import os

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from tfcnn.atomic_files import replacing
from tfcnn.report.drawing.fonts import fit_fonts

DOTS_PER_INCH = 120
_MOST_PIXELS = 2**16 - 1  # Agg's limit, a side.
_KEY = "Description"  # One of those that the PNG standard names.


def save_png(figure: Figure, path: str | os.PathLike[str], description: str) -> None:
    """Writes ``figure`` to ``path``, whole or not at all; a dollar sign in a text is one.

    A figure larger than a PNG can be is drawn with fewer dots an inch.

    Args:
      figure: What to draw.
      path: The file to write.
      description: A sentence that says what is seen; kept in the file.
    """
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
    fit_fonts(figure)
    dots = min(DOTS_PER_INCH, _MOST_PIXELS / figure.get_size_inches().max())
    with replacing(path) as partial:
        figure.savefig(
            partial, format="png", dpi=dots, facecolor="white", metadata={_KEY: description}
        )


def read_description(path: str | os.PathLike[str]) -> str:
    """Returns the description that ``save_png`` wrote, or "" where a file has none."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return str(image.info.get(_KEY, ""))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""

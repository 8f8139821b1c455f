"""PNG files that say what they show, drawn without a screen."""

from __future__ import annotations

import pathlib

from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from tfcnn.arguments import checked
from tfcnn.atomic_files import replacing
from tfcnn.report.drawing.fonts import fit_fonts
from tfcnn.shown_names import shown
from tfcnn.typing import PathLike

DOTS_PER_INCH = 120
_MOST_PIXELS = 2**16 - 1  # Agg's limit, a side.
_NOTE_PIXELS = 14  # The height of its letters.
_KEY = "Description"  # One of those that the PNG standard names.


# What every picture of this process says below itself.
_note = ""


@checked
def note_on_pictures(note: str) -> None:
    """Lets every picture that is drawn from now on say ``note`` below itself, and in the file."""
    global _note
    _note = shown(note)


def save_png(figure: Figure, path: PathLike, description: str) -> None:
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
            text.set_text("\n".join(map(shown, text.get_text().split("\n"))))
    fit_fonts(figure)
    dots = min(DOTS_PER_INCH, _MOST_PIXELS / figure.get_size_inches().max())
    said = {_KEY: shown(f"{description} Drawn {_note}." if _note else description)}
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=dots, facecolor="white", metadata=said)
        if _note:
            _write_below(partial, _note)


def _write_below(path: pathlib.Path, note: str) -> None:
    """Adds a line of text below a picture, which stays as it is, and as wide if that fits."""
    with Image.open(path) as picture:
        font = ImageFont.truetype(
            font_manager.findfont(font_manager.FontProperties()), _NOTE_PIXELS
        )
        width = max(picture.width, round(font.getlength(note)) + 2 * _NOTE_PIXELS)
        taller = Image.new("RGB", (width, picture.height + 2 * _NOTE_PIXELS), "white")
        taller.paste(picture.convert("RGB"))
        ImageDraw.Draw(taller).text((_NOTE_PIXELS, picture.height), note, "firebrick", font)
        kept = PngInfo()
        kept.add_itxt(_KEY, str(picture.info[_KEY]))
    taller.save(path, format="png", pnginfo=kept)


@checked
def read_description(path: PathLike) -> str:
    """Returns the description that ``save_png`` wrote, or "" where a file has none."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return str(image.info.get(_KEY, ""))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""

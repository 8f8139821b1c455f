"""How the logits move when a pattern is pasted into real images."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure, SubFigure

from tfcnn.arguments import checked
from tfcnn.data.dataset import Dataset
from tfcnn.errors import check_length
from tfcnn.inspection.pasting import Pasting, pasted
from tfcnn.pixels import as_floats
from tfcnn.report.checks import check_colours, check_names
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import mark_empty_rows, name_ticks, rounded, shortened
from tfcnn.report.tables import Table
from tfcnn.typing import Float32, Image, PathLike, Share

_LETTERS_AN_INCH = 8  # Of a title, capitals and all.
_LONGEST_NAME = 9


@checked
def moves_table(found: Pasting, class_names: Sequence[str]) -> Table:
    """A row a logit: its mean rise over all images, with the pattern and with the control.

    Raises:
      InputError: There is not one name a logit.
    """
    check_names(class_names, found.before.shape[1])
    rises = ((logits - found.before).mean(axis=0) for logits in (found.after, found.control))
    cells = ([rounded(rise, "+.2f") for rise in of_each] for of_each in rises)
    rows = zip(class_names, *cells, strict=True)
    return Table(("logit", "with the pattern", "with the control"), tuple(rows))


@checked
def draw_pasting(
    found: Pasting, pattern: Image, strength: Share, data: Dataset, path: PathLike, title: str
) -> None:
    """Draws the pattern, an image of each class that has any with it, and how far each logit moves.

    Args:
      found: From ``tfcnn.inspection.paste`` with the test images of ``data``.
      pattern: [height, width, 1 or 3], uint8 or floats in [0, 1].
      strength: What it was pasted with.
      data: The data set.
      path: The PNG file to write.
      title: What the picture is titled.

    Raises:
      InputError: The data are not those that the pattern was pasted into.
    """
    check_names(data.class_names, found.before.shape[1])
    check_length("data", data.test, len(found.labels), "test images")
    check_colours("pattern", pattern.shape[-1])
    classes = len(data.class_names)
    size = max(11.0, 0.95 * (classes + 1)), max(6.6, 3.0 + 0.2 * classes)
    figure = Figure(figsize=size, layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 3), squeeze=False)[:, 0]
    _draw_examples(above, found, pattern, strength, data)
    _draw_moves(below, found, data.class_names)
    heading = f"{title}; without it {found.accuracies()[0]:.2%} right"
    figure.suptitle(textwrap.fill(heading, int(_LETTERS_AN_INCH * size[0])))
    description = "How the logits move when a filter's pattern is laid over the test images."
    save_png(figure, path, description)


def _draw_examples(
    figure: SubFigure, found: Pasting, pattern: Float32, strength: float, data: Dataset
) -> None:
    """Draws the pattern, and the first image of each class with it, in a row."""
    firsts = np.unique(data.test.labels, return_index=True)[1]
    said = zip(
        *(logits[firsts].argmax(axis=1) for logits in (found.before, found.after)), strict=True
    )
    names = [shortened(name, _LONGEST_NAME) for name in data.class_names]
    titles = ["the pattern", *(f"said {names[one]}\nnow {names[other]}" for one, other in said)]
    images = [pattern, *as_floats(pasted(data.test.images[firsts], pattern, strength))]
    for axes, image, title in zip(figure.subplots(1, len(images)), images, titles, strict=True):
        grey = image[..., 0] if image.shape[-1] == 1 else image
        axes.imshow(grey, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes.set_title(title, fontsize="small")
        axes.set_axis_off()


def _draw_moves(figure: SubFigure, found: Pasting, class_names: Sequence[str]) -> None:
    """Draws the mean rise of each logit over the images of each class, beside the control's."""
    heats = found.moves(), found.control_moves()
    limit = max(float(np.nanmax(np.abs(heat))) for heat in heats) or 1.0
    words = ("with the pattern", "with its pixels in a random order")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, heat, name, accuracy in zip(
        panels, heats, words, found.accuracies()[1:], strict=True
    ):
        drawn = axes.imshow(heat, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        mark_empty_rows(drawn)
        axes.set_title(f"{name}: {accuracy:.2%} right", fontsize="medium")
        name_ticks(axes, class_names, class_names)
        axes.set_xlabel("logit")
    panels[0].set_ylabel("class of the image")
    figure.colorbar(drawn, ax=panels, label="mean rise of the logit", fraction=0.03, pad=0.02)

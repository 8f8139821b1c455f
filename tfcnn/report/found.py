"""Pictures with a box around each digit that was found in them."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from tfcnn.arguments import checked
from tfcnn.data.digits import Prepared
from tfcnn.data.pictures import Picture
from tfcnn.errors import check_length, wrong
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.tiles import in_rows, numbered_paths
from tfcnn.report.drawing.words import end_of, shortened

FOUND_A_SHEET = 4
_LONGEST_FILE = 40
_BOX_COLOUR = "tab:red"


@checked
def draw_found(
    files: Sequence[str],
    pictures: Sequence[Picture],
    found: Sequence[Sequence[Prepared]],
    answers: Sequence[Sequence[str]],
    path: pathlib.Path,
) -> list[pathlib.Path]:
    """Draws pictures with a box around each thing that was found in them, its answer above.

    Pictures that were taken whole, in which nothing was looked for, are passed over.

    Args:
      files: The pictures' names.
      pictures: What they show.
      found: What was found on each.
      answers: What the network says of each of these.
      path: The first file to write, as in ``draw_predictions``.

    Returns:
      The files written, ``FOUND_A_SHEET`` pictures each; none for no picture.

    Raises:
      InputError: They do not belong together.
    """
    for name, given in (("pictures", pictures), ("found", found), ("answers", answers)):
        check_length(name, given, len(files), "of them, as of the files")
    for items, said in zip(found, answers, strict=True):
        if not items:
            raise wrong("found", "at least one on each picture", "none")
        check_length("answers", said, len(items), "for a picture, as of what was found")
    entries = zip(files, pictures, found, answers, strict=True)
    searched = [entry for entry in entries if entry[2][0].corners is not None]
    shown = in_rows(searched, FOUND_A_SHEET)
    paths = numbered_paths(path, len(shown))
    for some, file in zip(shown, paths, strict=True):
        columns = min(len(some), 2)
        rows = -(-len(some) // columns)
        figure = Figure(figsize=(8 * columns, 6.4 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for axes, (name, picture, items, said) in zip(panels, some, strict=False):
            axes.set_title(end_of(name, _LONGEST_FILE), fontsize="medium")
            _draw_boxes(axes, picture, items, said)
        save_png(figure, file, "What was found on pictures, each with the network's answer.")
    return paths


def _draw_boxes(
    axes: Axes, picture: Picture, items: Sequence[Prepared], answers: Sequence[str]
) -> None:
    height, width = (side * picture.reduction for side in picture.pixels.shape[:2])
    axes.imshow(picture.pixels, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    for item, answer in zip(items, answers, strict=True):
        assert item.corners is not None
        margin = 0.08 * np.ptp(item.corners, axis=0).max()
        outwards = item.corners - item.corners.mean(axis=0)
        corners = item.corners + margin * np.sign(outwards)
        axes.add_patch(Polygon(corners, fill=False, edgecolor=_BOX_COLOUR, linewidth=1.5))
        axes.annotate(
            shortened(answer),
            corners[0],
            xytext=(0, 2),
            textcoords="offset points",
            color="white",
            fontsize="small",
            bbox={"facecolor": _BOX_COLOUR, "edgecolor": "none", "pad": 1.5},
        )

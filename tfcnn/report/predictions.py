"""What a network says of pictures from elsewhere, and what it saw of them."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from tfcnn.data.digits import Prepared
from tfcnn.data.pictures import Picture
from tfcnn.report.drawing.numbered_files import draw_in_files
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.probabilities import draw_probabilities
from tfcnn.report.tables import Table

PICTURES_A_SHEET = 8
FOUND_A_SHEET = 4
_LONGEST_NAME = 40
_BOX_COLOUR = "tab:red"


def prediction_table(
    files: Sequence[str], probabilities: npt.NDArray[np.floating], class_names: Sequence[str]
) -> Table:
    """A row a picture: what the network says, then the probability of each class.

    Args:
      files: Their names.
      probabilities: [files, classes].
      class_names: One a class.
    """
    rows = tuple(
        (file, class_names[row.argmax()], *(f"{probability:.4f}" for probability in row))
        for file, row in zip(files, probabilities, strict=True)
    )
    return Table(("file", "says", *class_names), rows)


def draw_predictions(
    files: Sequence[str],
    prepared: Sequence[Prepared],
    probabilities: npt.NDArray[np.floating],
    class_names: Sequence[str],
    path: pathlib.Path,
) -> list[pathlib.Path]:
    """Draws all pictures, ``PICTURES_A_SHEET`` to a PNG file, in place of an earlier call's.

    A line holds a picture's stages on the way into the network, what the network saw last, and
    the probabilities: of all classes, or of the ten most probable ones.

    Args:
      files: The pictures' names.
      prepared: What was made of each.
      probabilities: [files, classes].
      class_names: One a class.
      path: The first file to write; the others have ``_2``, ``_3`` ... behind the name.

    Returns:
      The files written.
    """

    def draw(some: slice, file: pathlib.Path) -> None:
        _draw_sheet(files[some], prepared[some], probabilities[some], class_names, file)

    return draw_in_files(path, len(files), PICTURES_A_SHEET, draw)


def draw_found(
    files: Sequence[str],
    pictures: Sequence[Picture],
    found: Sequence[Sequence[Prepared]],
    answers: Sequence[Sequence[str]],
    path: pathlib.Path,
) -> list[pathlib.Path]:
    """Draws pictures with a box around each thing that was found in them, its answer above.

    Args:
      files: The pictures' names.
      pictures: What they show.
      found: What was found on each, with corners.
      answers: What the network says of each of these.
      path: The first file to write, as in ``draw_predictions``.

    Returns:
      The files written, ``FOUND_A_SHEET`` pictures each; none for no picture.
    """

    def draw(some: slice, file: pathlib.Path) -> None:
        count = len(files[some])
        columns = min(count, 2)
        rows = -(-count // columns)
        figure = Figure(figsize=(8 * columns, 6.4 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        shown = zip(panels, files[some], pictures[some], found[some], answers[some], strict=False)
        for axes, name, picture, items, said in shown:
            axes.set_title(_end_of(name), fontsize="medium")
            _draw_boxes(axes, picture, items, said)
        save_png(figure, file)

    if not files:  # What an earlier call found is not there any more.
        path.unlink(missing_ok=True)
    return draw_in_files(path, len(files), FOUND_A_SHEET, draw)


def _draw_boxes(
    axes: Axes, picture: Picture, items: Sequence[Prepared], answers: Sequence[str]
) -> None:
    height, width = (side * picture.reduction for side in picture.pixels.shape[:2])
    axes.imshow(picture.pixels, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    for item, answer in zip(items, answers, strict=True):
        if item.corners is None:
            continue
        margin = 0.08 * np.ptp(item.corners, axis=0).max()
        middle = item.corners.mean(axis=0)
        outwards = item.corners - middle
        corners = item.corners + margin * np.sign(outwards)
        axes.add_patch(Polygon(corners, fill=False, edgecolor=_BOX_COLOUR, linewidth=1.5))
        axes.annotate(
            answer,
            corners[0],
            xytext=(0, 2),
            textcoords="offset points",
            color="white",
            fontsize="small",
            bbox={"facecolor": _BOX_COLOUR, "edgecolor": "none", "pad": 1.5},
        )


def _draw_sheet(
    files: Sequence[str],
    prepared: Sequence[Prepared],
    probabilities: npt.NDArray[np.floating],
    class_names: Sequence[str],
    path: str | os.PathLike[str],
) -> None:
    columns = max(len(one.stages) for one in prepared)
    size = (1.9 * columns + 3.6, 2.4 * len(files) + 0.2)
    figure = Figure(figsize=size, layout="constrained")
    lines = figure.subfigures(len(files), 1, squeeze=False)[:, 0]
    for line, file, one, row in zip(lines, files, prepared, probabilities, strict=True):
        *pictures, bars = line.subplots(1, columns + 1, width_ratios=[1] * columns + [1.6])
        for axes in pictures:
            axes.set_axis_off()
        # The last one stands beside the bars, however many came before.
        shown = pictures[columns - len(one.stages) :]
        for axes, (name, pixels) in zip(shown, one.stages.items(), strict=True):
            # Grey is repeated as RGB, as Matplotlib would stretch it to its own extremes.
            axes.imshow(np.broadcast_to(pixels, (*pixels.shape[:2], 3)), interpolation="nearest")
            axes.set_title(name, fontsize="small")
        draw_probabilities(bars, row, class_names)
        best = int(row.argmax())
        line.suptitle(
            f"{_end_of(file)}: {class_names[best]} with {row[best]:.1%}", fontsize="medium"
        )
    save_png(figure, path)


def _end_of(file: str) -> str:
    return file if len(file) <= _LONGEST_NAME else f"…{file[1 - _LONGEST_NAME :]}"

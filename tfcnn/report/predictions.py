"""What a network says of pictures from elsewhere, and what it saw of them."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from tfcnn.data.digits import Prepared
from tfcnn.report.drawing.numbered_files import draw_in_files
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.probabilities import draw_probabilities
from tfcnn.report.tables import Table

PICTURES_A_SHEET = 8
_LONGEST_NAME = 40


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

"""What a network says of images: of pictures from elsewhere, and of those it does worst on."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from tfcnn.arguments import checked
from tfcnn.data.dataset import Split
from tfcnn.data.digits import Prepared
from tfcnn.errors import check_length, wrong
from tfcnn.inspection.classification import losses
from tfcnn.pixels import as_floats
from tfcnn.report.checks import check_colours, check_names
from tfcnn.report.drawing.cells import Bars, Tile
from tfcnn.report.drawing.tiles import draw_image_grid, draw_tile_sheets, draw_tiles
from tfcnn.report.drawing.words import end_of, rounded, scale_words, shortened
from tfcnn.report.tables import Table
from tfcnn.typing import ArrayLike, Float32, Float64, Floats, Image, PathLike

PICTURES_A_SHEET = 8
MOST_BARS = 10
MOST_HARDEST = 25
_LONGEST_FILE = 28
_SIDE = 1.4


@checked
def prediction_table(
    files: Sequence[str], probabilities: Floats, class_names: Sequence[str]
) -> Table:
    """A row a picture: what the network says, then the probability of each class.

    Args:
      files: Their names.
      probabilities: [files, classes].
      class_names: One a class.

    Raises:
      InputError: They do not belong together.
    """
    _check(files, probabilities, class_names)
    rows = tuple(
        (file, class_names[row.argmax()], *(f"{probability:.4f}" for probability in row))
        for file, row in zip(files, probabilities, strict=True)
    )
    return Table(("file", "says", *class_names), rows)


@checked
def draw_predictions(
    files: Sequence[str],
    prepared: Sequence[Prepared],
    probabilities: Floats,
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

    Raises:
      InputError: They do not belong together.
    """
    _check(files, probabilities, class_names)
    check_length("prepared", prepared, len(files), "of them, as of the files")
    most = max(len(one.stages) for one in prepared)
    lines, heads = [], []
    for file, one, row in zip(files, prepared, probabilities, strict=True):
        stages = {name: as_floats(stage) for name, stage in one.stages.items()}
        lines.append([*[Tile([])] * (most - len(stages)), *_line(stages, row, class_names)])
        best = int(row.argmax())
        heads.append(
            f"{end_of(file, _LONGEST_FILE)}\n{shortened(class_names[best])} with {row[best]:.1%}"
        )
    return draw_tile_sheets(
        lines,
        path,
        PICTURES_A_SHEET,
        heads,
        title="What the network says of each picture, and what it saw last",
        description="What the network says of pictures from elsewhere.",
        side=_SIDE,
    )


@checked
def draw_decision(
    image: Image,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    path: PathLike,
    title: str,
) -> None:
    """Draws an image beside the probabilities of all classes, or of the ten most probable ones.

    Args:
      image: [height, width, 1 or 3], uint8 or floats in [0, 1].
      probabilities: [classes].
      class_names: One a class.
      path: The PNG file to write.
      title: What the picture is titled.

    Raises:
      InputError: The image has other channels, or there is not one name a probability.
    """
    row = np.asarray(probabilities)
    check_colours("image", image.shape[-1])
    if row.ndim != 1 or not row.size:
        raise wrong("probabilities", "shape [classes]", list(row.shape))
    check_names(class_names, len(row))
    line = _line({"": image}, row, class_names)
    legend = scale_words(image.shape[-1])
    description = "An image, and what the network says of it."
    draw_tiles([line], path, title, description, legend, side=_SIDE)


@checked
def draw_hardest(
    split: Split,
    log_likelihoods: Float64,
    class_names: Sequence[str],
    path: PathLike,
) -> None:
    """Draws the images of the highest loss, each with its class and what the network says.

    Args:
      split: The images.
      log_likelihoods: From ``tfcnn.inspection.log_probabilities``, float64 [count, classes].
      class_names: One a class.
      path: The PNG file to write.

    Raises:
      InputError: They do not belong together.
    """
    loss = losses(log_likelihoods, split.labels)
    check_names(class_names, log_likelihoods.shape[1])
    check_length("split", split.images, len(loss), "images, one a row of log_likelihoods")
    hardest = np.argsort(-loss, kind="stable")[:MOST_HARDEST]
    names = [shortened(name) for name in class_names]
    said = log_likelihoods.argmax(axis=1)
    captions = [
        f"{number}: is {names[split.labels[number]]}\n"
        f"said {names[said[number]]} {np.exp(log_likelihoods[number].max()):.1%}\n"
        f"loss {rounded(loss[number], '.2f')}"
        for number in hardest
    ]
    draw_image_grid(
        as_floats(split.images[hardest]),
        captions,
        path,
        f"The {len(hardest)} test images of the highest loss, with their numbers",
        "The test images of the highest loss.",
        "Below each: its class, what the network says and how probable it calls that, and the "
        "loss, -ln(probability of the class).",
    )


def _check(files: Sequence[str], probabilities: Floats, class_names: Sequence[str]) -> None:
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise wrong("probabilities", "shape [files > 0, classes]", list(probabilities.shape))
    check_length("files", files, len(probabilities), "names, one a row of probabilities")
    check_names(class_names, probabilities.shape[1])


def _line(
    stages: Mapping[str, Float32],
    probabilities: Floats,
    class_names: Sequence[str],
) -> list[Tile | Bars]:
    """An image's stages, and bars of the classes in their order or of the most probable ones."""
    most = np.argsort(-probabilities, kind="stable")[:MOST_BARS]
    order = np.sort(most) if len(probabilities) <= MOST_BARS else most
    bars = Bars(probabilities[order], [shortened(class_names[n]) for n in order], ".1%")
    return [*(Tile([pixels], name) for name, pixels in stages.items()), bars]

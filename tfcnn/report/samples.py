"""What a data set holds: an image of each class, and how many there are."""

import numpy as np

from tfcnn.data.dataset import Dataset
from tfcnn.pixels import as_floats
from tfcnn.report.drawing.cells import Tile
from tfcnn.report.drawing.tiles import draw_tiles
from tfcnn.report.drawing.words import scale_words, shortened
from tfcnn.report.tables import Table
from tfcnn.typing import PathLike

MOST_CLASSES = 10


def class_counts_table(data: Dataset) -> Table:
    """A row a class: its training and its test images; a last row of sums."""
    splits = (data.train, data.test)
    counts = [np.bincount(split.labels, minlength=data.num_classes).tolist() for split in splits]
    rows = zip(data.class_names, *counts, strict=True)
    total = ("sum", *(f"{len(split):,}" for split in splits))
    body = [(name, f"{train:,}", f"{test:,}") for name, train, test in rows]
    return Table(("class", "training images", "test images"), (*body, total))


def draw_samples(data: Dataset, path: PathLike) -> None:
    """Draws the first training image of each class in a row, of ``MOST_CLASSES`` at most.

    A class without training images has a white place.

    Args:
      data: The data set.
      path: The PNG file to write.
    """
    tiles, nothing = [], np.ones(data.train.images.shape[1:], np.float32)
    for number, name in enumerate(data.class_names[:MOST_CLASSES]):
        places = np.flatnonzero(data.train.labels == number)
        first = as_floats(data.train.images[places[0]]) if len(places) else nothing
        tiles.append(Tile([first], shortened(name)))
    left = data.num_classes - len(tiles)
    more = f"; {left} more classes" if left > 0 else ""
    draw_tiles(
        [tiles],
        path,
        f"{shortened(data.name, 60)}: the first training image of each class",
        "The first training image of each class.",
        scale_words(data.train.images.shape[3]) + more,
    )

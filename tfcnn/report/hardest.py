"""The images that a network does worst on."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from tfcnn.data.dataset import Split
from tfcnn.inspection.classification import losses
from tfcnn.pixels import as_floats
from tfcnn.report.drawing.image_grid import draw_image_grid
from tfcnn.report.drawing.sheet import shortened

MOST_IMAGES = 25
_LONGEST_NAME = 18


def draw_hardest(
    split: Split,
    log_likelihoods: npt.NDArray[np.float64],
    class_names: tuple[str, ...],
    path: str | os.PathLike[str],
) -> None:
    """Draws the images of the highest loss, each with its class and what the network says.

    Args:
      split: The images.
      log_likelihoods: From ``tfcnn.inspection.log_probabilities``, float64 [count, classes].
      class_names: One a class.
      path: The PNG file to write.
    """
    loss = losses(log_likelihoods, split.labels)
    hardest = np.argsort(-loss, kind="stable")[:MOST_IMAGES]
    names = [shortened(name, _LONGEST_NAME) for name in class_names]
    said = log_likelihoods.argmax(axis=1)
    captions = [
        f"{number}: is {names[split.labels[number]]}\n"
        f"said {names[said[number]]} {np.exp(log_likelihoods[number].max()):.1%}\n"
        f"loss {loss[number]:.2f}"
        for number in hardest
    ]
    title = (
        f"The {len(hardest)} test images of the highest loss, with their numbers. Below each: its "
        "class, what the network says and how probable it calls that, and the loss, "
        "-ln(probability of the class)."
    )
    draw_image_grid(as_floats(split.images[hardest]), captions, path, title)

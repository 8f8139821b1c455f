"""How the logits move when a pattern is pasted into real images."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfcnn.data.dataset import Dataset
from tfcnn.inspection.pasting import Pasting, pasted
from tfcnn.pixels import as_floats
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.sheet import shortened
from tfcnn.report.tables import Table

_LONGEST_NAME = 9


def moves_table(found: Pasting, class_names: Sequence[str]) -> Table:
    """A row a logit: its mean rise over all images, with the pattern and with the control."""
    rows = zip(
        class_names,
        (found.after - found.before).mean(axis=0),
        (found.control - found.before).mean(axis=0),
        strict=True,
    )
    return Table(
        ("logit", "with the pattern", "with the control"),
        tuple((name, f"{rise:+.2f}", f"{control:+.2f}") for name, rise, control in rows),
    )


def draw_pasting(
    found: Pasting,
    pattern: npt.NDArray[np.float32],
    strength: float,
    data: Dataset,
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws the pattern, an image of each class that has any with it, and how far each logit moves.

    Args:
      found: From ``tfcnn.inspection.paste`` with the test images of ``data``.
      pattern: float32 [height, width, 1 or 3] in [0, 1].
      strength: What it was pasted with.
      data: The data set.
      path: The PNG file to write.
      title: What the picture is titled.
    """
    classes = len(data.class_names)
    size = max(11.0, 0.95 * (classes + 1)), max(6.6, 3.0 + 0.2 * classes)
    figure = Figure(figsize=size, layout="constrained")
    halves = figure.subfigures(2, 1, height_ratios=(1, 3), squeeze=False)
    above, below = halves[:, 0]
    firsts = np.unique(data.test.labels, return_index=True)[1]
    panels = above.subplots(1, len(firsts) + 1)
    _draw_image(panels[0], pattern, "the pattern")
    examples = as_floats(pasted(data.test.images[firsts], pattern, strength))
    for axes, first, image in zip(panels[1:], firsts, examples, strict=True):
        said = [int(logits[first].argmax()) for logits in (found.before, found.after)]
        before, after = (shortened(data.class_names[number], _LONGEST_NAME) for number in said)
        _draw_image(axes, image, f"said {before}\nnow {after}")
    heats = found.moves(), found.control_moves()
    limit = max(float(np.abs(heat).max()) for heat in heats) or 1.0
    accuracies = found.accuracies()[1:]
    words = ("with the pattern", "with its pixels in a random order")
    panels = below.subplots(1, 2, sharey=True)
    for axes, heat, name, accuracy in zip(panels, heats, words, accuracies, strict=True):
        drawn = axes.imshow(heat, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        axes.set_title(f"{name}: {accuracy:.2%} right", fontsize="medium")
        axes.set_xticks(range(classes), data.class_names, rotation=_slant(data.class_names))
        axes.set_yticks(range(classes), data.class_names)
        axes.set_xlabel("logit")
    panels[0].set_ylabel("class of the image")
    below.colorbar(drawn, ax=panels, label="mean rise of the logit", fraction=0.03, pad=0.02)
    figure.suptitle(f"{title}; without it {found.accuracies()[0]:.2%} right")
    save_png(figure, path)


def _draw_image(axes: Axes, image: npt.NDArray[np.floating], title: str) -> None:
    grey = image[..., 0] if image.shape[-1] == 1 else image
    axes.imshow(grey, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize="small")
    axes.set_axis_off()


def _slant(names: Sequence[str]) -> int:
    """Degrees by which the words under an axis are turned so that they find room."""
    return 90 if max(map(len, names)) > 2 else 0

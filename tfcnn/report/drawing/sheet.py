"""A page measured in inches, y down, on which images and texts are put."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tfcnn.report.drawing.png import save_png

_NAME_POINTS = 5.5


class Sheet:
    """One set of axes for everything: hundreds of images cost no more than a few."""

    def __init__(self, width: float, height: float) -> None:
        """An empty white page of ``width`` x ``height`` inches."""
        self._size = width, height
        self._figure = Figure(figsize=(width, height))
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.axis("off")

    def image(
        self, pixels: npt.NDArray[np.floating], left: float, top: float, width: float
    ) -> None:
        """Puts an image ``[height, width, 1 or 3]`` in [0, 1]; grey is 0 black, 1 white."""
        height = width * pixels.shape[0] / pixels.shape[1]
        self._axes.imshow(
            pixels[:, :, 0] if pixels.shape[2] == 1 else pixels.clip(0, 1),
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="nearest",
            extent=(left, left + width, top + height, top),
        )
        # White pixels at the border would be lost on the white page.
        frame = Rectangle((left, top), width, height, fill=False, edgecolor="0.6", linewidth=0.4)
        self._axes.add_patch(frame)

    def text(
        self,
        words: str,
        x: float,
        y: float,
        points: float,
        ha: str = "center",
        va: str = "top",
        rotation: float = 0,
    ) -> None:
        """Puts text with its anchor at (x, y); ``ha``, ``va``, ``rotation`` are Matplotlib's."""
        self._axes.text(x, y, words, ha=ha, va=va, fontsize=points, rotation=rotation)

    def bars(
        self,
        values: npt.NDArray[np.floating],
        names: Sequence[str],
        left: float,
        top: float,
        width: float,
        height: float,
    ) -> None:
        """Puts bars of ``values`` side by side, each above its name, on a line at 0.

        The largest reaches the top, or 0 if none is larger; the smallest below 0 reaches the names.
        Names that are wider than their bars stand on end, and the bars are as much shorter.
        """
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        step = width / len(values)
        longest = max(map(len, names))
        on_end = longest * text_width(_NAME_POINTS) > step
        room = 0.9 * longest * text_width(_NAME_POINTS) if on_end else line_height(_NAME_POINTS)
        foot = top + height - room
        scale = (height - room) / max(high - low, 1e-12)
        zero = foot + scale * low
        self._axes.plot([left, left + width], [zero, zero], color="0.6", linewidth=0.4)
        for number, (value, name) in enumerate(zip(values, names, strict=True)):
            middle = left + (number + 0.5) * step
            tall = scale * float(value)
            self._axes.bar(middle, -tall, width=0.8 * step, bottom=zero, color="tab:blue")
            rotation = 90 if on_end else 0
            self.text(name, middle, foot + 0.02, _NAME_POINTS, rotation=rotation)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page as PNG, whole or not at all."""
        # imshow fits the axes to each image and keeps its pixels square; the page is given instead.
        self._axes.set(xlim=(0, self._size[0]), ylim=(self._size[1], 0), aspect="auto")
        save_png(self._figure, path)


def shortened(words: str, most: int) -> str:
    """Returns ``words``, or what fits of them into ``most`` characters with an ellipsis."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def text_width(points: float) -> float:
    """About how wide a character is, in inches: two thirds of the letter's height."""
    return 0.66 * points / 72


def line_height(points: float) -> float:
    """The distance of two lines of text, in inches."""
    return 1.35 * points / 72

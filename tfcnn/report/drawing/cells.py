"""What stands at a place of a page, in inches from its left upper corner: images or bars."""

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tfcnn.typing import Floats

Image: TypeAlias = Floats

# Inches, and points of text that a person reads without zooming.
GAP, POINTS = 0.09, 7.5
_LEAST_BARS, _MOST_BARS, _BESIDE_BARS, _NAME_POINTS = 1.5, 12.0, 0.2, 5.5


@dataclasses.dataclass(frozen=True)
class Tile:
    """One image, or several side by side, with a caption.

    Attributes:
      images: Each [height, width, 1 or 3] in [0, 1]; its longer side is the page's ``side``. None
        leave the place empty.
      caption: Text below, of one line or more.
    """

    images: Sequence[Image]
    caption: str = ""

    @property
    def _beside(self) -> float:
        """What keeps images that belong together apart from the next ones."""
        return GAP if len(self.images) > 1 else 0.0

    def size(self, side: float) -> tuple[float, float]:
        """Width and height of the images, in inches."""
        sizes = [_scaled(image, side) for image in self.images]
        gaps = self._beside + (len(sizes) - 1) * GAP / 2 + self._beside
        return sum(width for width, _ in sizes) + gaps, max((tall for _, tall in sizes), default=0)

    def put(self, page: Axes, left: float, top: float, side: float) -> None:
        """Puts the images on a page, the left upper corner of the first at (left, top)."""
        left += self._beside
        for image in self.images:
            width, height = _scaled(image, side)
            put_image(page, image, left, top, width, height)
            left += width + GAP / 2


@dataclasses.dataclass(frozen=True)
class Bars:
    """Bars that stand where an image could, the largest reaching its upper edge.

    Attributes:
      values: One a bar.
      names: What stands under each, on end where it is wider than its bar; none if empty.
      form: How the value above each is written, such as ``.1%``; "" for an axis instead.
      caption: Text below.
    """

    values: Image
    names: Sequence[str] = ()
    form: str = ""
    caption: str = ""

    def _width(self, side: float) -> float:
        step = 0.32 if self.form else 0.12
        return min(max(step * len(self.values), _LEAST_BARS, 2 * side), _MOST_BARS)

    def _on_end(self, side: float) -> float:
        """How tall the names are if they stand on end, or 0 if they need not."""
        longest = max(map(len, self.names), default=0) * text_width(_NAME_POINTS)
        return longest if longest > self._width(side) / len(self.values) else 0.0

    def size(self, side: float) -> tuple[float, float]:
        """Width and height, in inches."""
        return self._width(side) + 2 * _BESIDE_BARS, side + self._on_end(side)

    def put(self, page: Axes, left: float, top: float, side: float) -> None:
        """Puts the bars on a page, their left upper corner at (left, top)."""
        height = side - line_height(_NAME_POINTS)
        bounds = (left + 1.5 * _BESIDE_BARS, -top - height, self._width(side), height)
        axes = page.inset_axes(bounds, transform=page.transData)
        bars = axes.bar(range(len(self.values)), self.values, color="tab:blue")
        axes.axhline(0, color="0.6", linewidth=0.4)
        for place in np.flatnonzero(np.isnan(self.values)).tolist():
            axes.text(place, 0, "-", ha="center", va="bottom", fontsize=_NAME_POINTS)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.margins(x=0.01)
        axes.tick_params(labelsize=_NAME_POINTS, length=2, pad=1.5)
        if self.names:
            places = range(len(self.names))
            axes.set_xticks(places, self.names, rotation=90 if self._on_end(side) else 0)
            axes.tick_params(axis="x", length=0)
        if self.form:
            axes.bar_label(bars, [format(v, self.form) for v in self.values], fontsize=_NAME_POINTS)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)


@dataclasses.dataclass(frozen=True)
class Key:
    """What the colours mean: a strip of them from ``low`` to ``high``, each a few words."""

    low: str
    colours: Image  # [count, 1 or 3] in [0, 1].
    high: str


def put_image(
    page: Axes, pixels: Image, left: float, top: float, width: float, height: float
) -> None:
    """Puts pixels [height, width, 1 or 3] in [0, 1] on a page; grey is 0 black, 1 white."""
    page.imshow(
        pixels[:, :, 0] if pixels.shape[2] == 1 else pixels.clip(0, 1),
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=(left, left + width, -top - height, -top),
    )
    # White pixels at the border would be lost on the white page.
    frame = Rectangle((left, -top), width, -height, fill=False, edgecolor="0.6", linewidth=0.4)
    page.add_patch(frame)


def put_text(page: Axes, words: str, x: float, y: float, **named: Any) -> None:
    """Puts text with its anchor, by default the middle of its upper edge, at (x, y)."""
    style: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": POINTS} | named
    if words:
        page.text(x, -y, words, **style)


def _scaled(image: Image, side: float) -> tuple[float, float]:
    """Width and height of an image whose longer side is ``side``."""
    height, width = image.shape[:2]
    return side * width / max(height, width), side * height / max(height, width)


def text_width(points: float) -> float:
    """About how wide a character is, in inches: two thirds of the letter's height."""
    return 0.66 * points / 72


def line_height(points: float) -> float:
    """The distance of two lines of text, in inches."""
    return 1.35 * points / 72

"""How pictures become images of a data set, found from its training images."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.arguments import array, checked
from tfcnn.errors import InputError, check_choice, told, wrong
from tfcnn.pixels import as_images
from tfcnn.typing import Images

GROUNDS = ("dark", "bright", "any")
CENTRINGS = ("mass", "box", "none")
_SAMPLE = 2000
# What holds for so many images holds for the data set.
_NEARLY_ALL = 0.9
# Of 255: a ground is dark below the first level, bright above the second one.
_DARK, _BRIGHT = 85, 170
# Of the span from the ground to the strongest stroke: what is ink, and no noise.
_INK = 0.25
# In pixels of 28: how far the longer sides and the middles of a boxed data set lie apart.
_SIDES_APART, _MASSES_APART, _BOXES_APART = 1.5, 0.7, 1.1
# And of a picture that is taken for such an image.
_LIKE = 3.0
# Mean difference of the colours of one pixel up to which a picture counts as grey.
_GREY = 4.0


@dataclasses.dataclass(frozen=True)
class Preparation:
    """What was done to the images of a data set, and must be done to a picture.

    Attributes:
      ground: ``dark`` or ``bright``, that of nearly all images, or ``any``.
      centring: What lies in the middle of each image: the ink's centre of mass (``mass``, as in
        MNIST), the middle of its box (``box``, as in EMNIST), or ``none`` of them.
      box: The longer side of the ink in pixels, 20 in MNIST; 0 if ``centring`` is ``none``.
    """

    ground: str = "any"
    centring: str = "none"
    box: int = 0

    def __post_init__(self) -> None:
        """Refuses what is none of the choices.

        Raises:
          InputError: A field has another value.
        """
        check_choice("preparation.ground", self.ground, GROUNDS)
        check_choice("preparation.centring", self.centring, CENTRINGS)
        box = self.box.item() if isinstance(self.box, np.integer) else self.box
        if self.centring == "none":
            expected, fits = "0 where nothing is centred", type(box) is int and box == 0
        else:
            expected, fits = "1 or more pixels", type(box) is int and box >= 1
        if not fits:
            raise wrong("preparation.box", expected, told(box))
        object.__setattr__(self, "box", box)
        if self.centring != "none" and self.ground == "any":
            raise InputError("preparation.ground: expected dark or bright, found any")

    def to_json(self) -> dict[str, Any]:
        """The fields by their names."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> Preparation:
        """What ``to_json`` returned.

        Raises:
          InputError: It is something else.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(content, Mapping) or sorted(content) != sorted(names):
            raise InputError(f"preparation: expected {', '.join(names)}, found {content!r:.60}")
        return cls(**content)

    def __str__(self) -> str:
        """One line for a person."""
        if self.centring == "none":
            scaled = "scaled to the network's size"
            return scaled if self.ground == "any" else f"{scaled}, on a {self.ground} ground"
        middle = "centre of mass" if self.centring == "mass" else "box"
        ink = "bright ink on a dark" if self.ground == "dark" else "dark ink on a bright"
        return f"{ink} ground, scaled to {self.box} pixels, its {middle} in the middle"

    def fits(self, grey: npt.NDArray[np.uint8]) -> bool:
        """Whether an image [height, width], uint8, looks like those of the data set.

        Raises:
          InputError: It is no such image.
        """
        grey = as_images("grey", array("grey", grey)[np.newaxis, ..., np.newaxis])[0, ..., 0]
        if self.ground != "any" and ground_of(grey) != self.ground:
            return False
        if self.centring == "none":
            return True
        measured = _measure(grey[np.newaxis], self.ground)
        middles = measured.masses if self.centring == "mass" else measured.boxes
        within = _LIKE * max(grey.shape) / 28
        off = np.abs(middles[0] - _middle(grey.shape))
        return bool(abs(measured.sides[0] - self.box) <= within and off.max() <= within)


def ground_of(grey: npt.NDArray[np.uint8]) -> str:
    """``dark`` or ``bright`` if the median along the edges [height, width] is so, else ``any``."""
    return _ground_names(grey[np.newaxis])[0]


def looks_grey(images: npt.NDArray[np.uint8]) -> bool:
    """Whether red, green and blue differ by no more than a JPEG's rounding: [..., 1 or 3]."""
    apart = images.max(axis=-1).astype(float) - images.min(axis=-1)
    return bool(apart.mean() <= _GREY)


@checked
def find_preparation(images: Images) -> Preparation:
    """How the images of a data set were made, as far as they tell.

    Looks at 2,000 of them at most, spread over all. The ground is what at least 90 percent have
    along their edges. They are boxed if the longer sides of the ink of 90 percent are the same but
    for a pixel and a half of 28 and leave a margin, and centred if moreover the middles, by mass or
    by box, deviate by less than about a pixel of 28. Images in colours are taken as they come.

    Args:
      images: uint8 or floats in [0, 1], [N > 0, height, width, 1 or 3], the training images.

    Raises:
      InputError: They are no such images.
    """
    some = images[np.linspace(0, len(images) - 1, min(_SAMPLE, len(images))).astype(int)]
    if some.dtype != np.uint8:
        some = np.rint(255 * some).astype(np.uint8)
    if not looks_grey(some):
        return Preparation()
    grey = some[..., 0]
    names = _ground_names(grey)
    ground = next(
        (one for one in GROUNDS[:2] if np.mean([name == one for name in names]) >= _NEARLY_ALL),
        "any",
    )
    if ground == "any":
        return Preparation()
    measured = _measure(grey, ground)
    pixel = max(grey.shape[1:]) / 28
    box = float(np.median(measured.sides))
    same = np.mean(np.abs(measured.sides - box) <= max(_SIDES_APART * pixel, 1)) >= _NEARLY_ALL
    if same and 3 <= box <= max(grey.shape[1:]) - 2:
        for centring, middles, apart in (
            ("mass", measured.masses, _MASSES_APART),
            ("box", measured.boxes, _BOXES_APART),
        ):
            off = np.abs(middles.mean(axis=0) - _middle(grey.shape[1:])).max()
            if middles.std(axis=0).max() <= apart * pixel and off <= 1.5 * pixel:
                return Preparation(ground, centring, round(box))
    return Preparation(ground)


@dataclasses.dataclass(frozen=True, eq=False)
class _Measured:
    """Of each image: the ink's longer side [N], its centre of mass and box's middle [N, 2]."""

    sides: npt.NDArray[np.float64]
    masses: npt.NDArray[np.float64]
    boxes: npt.NDArray[np.float64]


def _measure(grey: npt.NDArray[np.uint8], ground: str) -> _Measured:
    """Measures ink on its ground; an image without ink counts as one pixel in the middle."""
    ink = grey.astype(np.float64)
    ink = ink if ground == "dark" else 255 - ink
    ink = ink - np.median(_edges(ink), axis=1)[:, np.newaxis, np.newaxis]
    strongest = ink.max(axis=(1, 2), keepdims=True)
    ink = np.where(ink > _INK * strongest, ink, 0)
    sides, masses, middles = [], [], []
    for axis in (1, 2):
        length = ink.shape[axis]
        profile = ink.sum(axis=3 - axis)  # [N, length]
        profile[profile.sum(axis=1) <= 0, length // 2] = 1
        there = profile > 0
        first, last = there.argmax(axis=1), length - 1 - there[:, ::-1].argmax(axis=1)
        sides.append(last - first + 1)
        middles.append((first + last) / 2)
        masses.append((profile @ np.arange(length)) / profile.sum(axis=1))
    return _Measured(
        np.max(sides, axis=0).astype(float), np.stack(masses, axis=1), np.stack(middles, axis=1)
    )


def _middle(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    return (np.array(shape) - 1) / 2


def _edges(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """All pixels along the four sides, [N, count]."""
    sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate(sides, axis=1)


def _ground_names(grey: npt.NDArray[np.uint8]) -> list[str]:
    medians = np.median(_edges(grey), axis=1)
    return ["dark" if one < _DARK else "bright" if one > _BRIGHT else "any" for one in medians]

"""A picture from elsewhere made what a network was trained on."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.arguments import checked
from tfcnn.data import pictures, sheet
from tfcnn.data.ink import (
    find_ink,
    grown,
    is_dark_on_bright,
    stroke_width,
    taken_light,
    taken_light_at,
    without_hairs,
)
from tfcnn.data.pieces import find_items
from tfcnn.data.preparation import Preparation, ground_of
from tfcnn.errors import InputError

# To how many pixels a side pictures are read, pages are searched, and what is found there is drawn.
READ_SIDE = 1200
_SEARCHED_SIDE = 800
_LEAST_SIDE = 224
_FOUND_SIDE = 120
_MARGIN = 0.3
# Windows in which the light is seen: first a share of the page, then so many widths of a stroke.
_WINDOW, _STROKES = 0.32, 2.2
# Of a stroke's width: how far its soft edge reaches. Of the pixels in which what is found is drawn:
# half the width up to which a line is a shadow's edge.
_SOFT, _HAIR = 0.35, 1.5
# Of a full stroke's darkness: where its edge lies, and how steep it is drawn.
_EDGE, _STEEPNESS = 0.45, 2.5

_Pixels = npt.NDArray[np.uint8]
_Grey = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A picture, or one of the digits on it, on its way into a network.

    Attributes:
      image: uint8 [height, width, channels], what the network reads.
      stages: What each step made of it, by name, uint8 [any height, any width, 1 or 3] each;
        ``image`` last.
      corners: float64 [4, 2]: where it lies in the picture as a viewer shows it, ``(x, y)`` of the
        upper left corner first and then clockwise; None if it is the whole picture.
    """

    image: _Pixels
    stages: dict[str, _Pixels]
    corners: npt.NDArray[np.float64] | None = None


@checked
def prepare_picture(
    path: str | os.PathLike[str], shape: tuple[int, ...], preparation: Preparation
) -> tuple[pictures.Picture, list[Prepared]]:
    """Reads a picture file and makes of it what a network was trained on.

    Args:
      path: The file, of any kind that ``pictures.read`` knows.
      shape: ``(height, width, channels)`` of the network, with 1 channel (grey) or 3 (RGB).
      preparation: How the training images were made.

    Returns:
      The picture, with notes for a person, and what ``prepare`` returns.

    Raises:
      InputError: The file is no such picture, there is no ink on it where the network expects ink,
        or ``shape`` has another number of channels.
    """
    return _prepare_file("images", path, shape, preparation)


@checked
def prepare_single(
    path: str | os.PathLike[str], shape: tuple[int, ...], preparation: Preparation
) -> tuple[pictures.Picture, Prepared]:
    """The same of a picture on which no more than one digit may be.

    Raises:
      InputError: As ``prepare_picture``, or there are several.
    """
    picture, found = _prepare_file("image", path, shape, preparation)
    if len(found) > 1:
        raise InputError(f"image: {path}: expected one digit or letter, found {len(found)}")
    return picture, found[0]


def _prepare_file(
    argument: str,
    path: str | os.PathLike[str],
    shape: tuple[int, ...],
    preparation: Preparation,
) -> tuple[pictures.Picture, list[Prepared]]:
    """``prepare_picture``, whose messages begin with the name of an ``argument``."""
    if len(shape) != 3 or min(shape) < 1 or max(shape[:2]) > READ_SIDE:
        sizes = f"(height, width, channels), the first two from 1 to {READ_SIDE}"
        raise InputError(f"shape: expected {sizes}, found {shape}")
    if shape[2] not in (1, 3):
        raise InputError(f"{argument}: expected a network with 1 or 3 channels, found {shape[2]}")
    try:
        picture = pictures.read(path, READ_SIDE)
    except InputError as error:
        raise InputError(f"{argument}: {error}") from None
    found = prepare(picture, shape, preparation)
    if not found:
        raise InputError(f"{argument}: {path}: expected ink on paper, found an empty page")
    return picture, found


def prepare(
    picture: pictures.Picture, shape: tuple[int, ...], preparation: Preparation
) -> list[Prepared]:
    """Makes of a picture what a network was trained on.

    For images that are neither boxed nor centred it is scaled, and inverted if its ground is not
    theirs. For images of ink, boxed and centred, each digit or letter is looked for. A picture that
    already has the network's size and looks like the training images, or like their negatives, is
    taken as it is.

    Args:
      picture: What ``pictures.read`` returns.
      shape: ``(height, width, channels)`` of the network, with 1 channel or 3.
      preparation: How the training images were made.

    Returns:
      One for a picture that is taken whole; one for each digit in reading order otherwise, none if
      there is no ink.
    """
    pixels = picture.pixels
    if preparation.ground == "any":
        return [_scaled(pixels, shape, inverted=False)]
    grey = pictures.to_grey(pixels)
    if preparation.centring == "none":
        opposite = {"dark": "bright", "bright": "dark"}[preparation.ground]
        return [_scaled(pixels, shape, inverted=ground_of(grey[..., 0]) == opposite)]
    if grey.shape[:2] == shape[:2]:
        for name, one in (("as it is", grey), ("inverted", 255 - grey)):
            if preparation.fits(one[..., 0]):
                image = np.repeat(one, shape[2], axis=2)
                return [Prepared(image, {"picture": pixels, name: image})]
    return _find_all(picture, shape, preparation)


def _scaled(pixels: _Pixels, shape: tuple[int, ...], inverted: bool) -> Prepared:
    image = pixels if shape[2] == 3 else pictures.to_grey(pixels)
    image = pictures.scale(image, *shape[:2])
    stages = {"picture": pixels, "scaled": image}
    if inverted:
        image = 255 - image
        stages["inverted"] = image
    return Prepared(image, stages)


def _find_all(
    picture: pictures.Picture, shape: tuple[int, ...], preparation: Preparation
) -> list[Prepared]:
    """Each digit of a page: the sheet is found, then the ink, then what belongs together."""
    grey = pictures.to_grey(picture.pixels)[..., 0] / 255
    factor = max(_LEAST_SIDE / max(grey.shape), 1.0)
    if factor > 1:
        grey = _resized(grey, [side * factor for side in grey.shape])
    paper = sheet.find_sheet(grey) or sheet.whole(grey)
    page = paper.view(grey)
    if not is_dark_on_bright(page):
        page = 1 - page
    to_page = max(max(page.shape) / _SEARCHED_SIDE, 1.0)
    small = _resized(page, [side / to_page for side in page.shape]) if to_page > 1 else page
    ink = find_ink(taken_light(small, _WINDOW * min(small.shape)))
    if ink.any():
        ink = find_ink(taken_light(small, _STROKES * stroke_width(ink)))
        ink = find_ink(taken_light_at(small, ink))
    items, count = find_items(ink)
    found = []
    for number in range(1, count + 1):
        item = items == number
        one, box = _cut_out(page, item, to_page)
        (top, left), (bottom, right) = box
        around = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        corners = paper.to_picture(around) / factor * picture.reduction
        seen = _bytes(_crop(page, box))
        cut = _bytes(one)
        centred = _set(cut, shape, preparation)
        image = np.repeat(centred, shape[2], axis=2)
        found.append(Prepared(image, {"found": seen, "cut out": cut, "centred": image}, corners))
    return found


def _cut_out(page: _Grey, item: npt.NDArray[np.bool_], to_page: float) -> tuple[_Grey, _Grey]:
    """One digit's ink [height, width] in [0, 1] with no margin, and its box in the page.

    It is looked at anew from near by, with the light around it alone.
    """
    where = np.nonzero(item)
    box = np.array([[one.min() for one in where], [one.max() + 1 for one in where]]) * to_page
    longer = float((box[1] - box[0]).max())
    margin = _MARGIN * longer
    zoom = _FOUND_SIDE / longer
    low, high = np.maximum(box[0] - margin, 0), np.minimum(box[1] + margin, page.shape)
    sides = [float(side * zoom) for side in high - low]
    near = _resized(page, sides, np.stack([low, high]))
    mask = _resized(item.astype(float), sides, np.stack([low, high]) / to_page) > 0.3
    width = stroke_width(mask)
    taken = taken_light_at(near, mask)
    full = float(np.percentile(taken[mask], 80)) if mask.any() else 1.0
    strength = np.clip((taken / max(full, 1e-3) - _EDGE) * _STEEPNESS + 0.5, 0, 1)
    strength = np.where(grown(mask, _SOFT * width), strength, 0)
    strength = np.where(grown(without_hairs(strength > 0.5, _HAIR), 2), strength, 0)
    kept = [np.flatnonzero((strength > 0.5).any(axis=axis)) for axis in (1, 0)]
    if not kept[0].size:
        return mask.astype(float), box
    rows, columns = (slice(one[0], one[-1] + 1) for one in kept)
    return strength[rows, columns], box


def _resized(grey: _Grey, sides: Sequence[float], box: _Grey | None = None) -> _Grey:
    """A part ``((top, left), (bottom, right))`` of a page, at another size."""
    from PIL import Image

    height, width = (max(round(side), 1) for side in sides)
    part = None
    if box is not None:
        (top, left), (bottom, right) = np.minimum(box, grey.shape)
        part = (left, top, right, bottom)
    image = Image.fromarray(grey.astype(np.float32))
    resized = image.resize((width, height), Image.Resampling.BICUBIC, box=part)
    return np.clip(np.asarray(resized, np.float64), 0, 1)


def _crop(page: _Grey, box: _Grey) -> _Grey:
    margin = 0.15 * (box[1] - box[0]).max()
    low = np.maximum(np.floor(box[0] - margin), 0).astype(int)
    high = np.ceil(box[1] + margin).astype(int)
    return page[low[0] : high[0], low[1] : high[1]]


def _bytes(grey: _Grey) -> _Pixels:
    return np.rint(255 * grey).astype(np.uint8)[..., np.newaxis]


def _set(cut: _Pixels, shape: tuple[int, ...], preparation: Preparation) -> _Pixels:
    """Scales bright ink to the data set's box and centres it: uint8 [height, width, 1].

    For MNIST these are the steps of LeCun, Cortes and Burges (http://yann.lecun.com/exdb/mnist/):
    the ink's longer side fills 20 of 28 pixels while its shape stays, and its centre of mass is the
    image's centre, pixel 14 of 28.
    """
    factor = preparation.box / max(cut.shape[:2])
    box = pictures.scale(cut, *(max(round(factor * side), 1) for side in cut.shape[:2]))
    image = np.zeros((*shape[:2], 1), np.uint8)
    weights = box[..., 0].astype(float)
    corner = []
    for axis in (0, 1):
        if preparation.centring == "mass":
            profile = weights.sum(axis=1 - axis)
            middle = np.average(np.arange(len(profile)), weights=profile)
            best = int(np.ceil(shape[axis] / 2 - 0.5 - middle))  # MNIST's lie from 13.5 to 14.49.
        else:
            best = (shape[axis] - box.shape[axis]) // 2
        corner.append(min(max(best, 0), shape[axis] - box.shape[axis]))
    top, left = corner
    image[top : top + box.shape[0], left : left + box.shape[1]] = box
    return image if preparation.ground == "dark" else 255 - image

"""A picture from elsewhere made what a network reads, a digit what MNIST's digits are."""

from __future__ import annotations

import dataclasses
import os
import pathlib

import numpy as np
import numpy.typing as npt

from tfcnn.data import pictures
from tfcnn.data.ink import has_bright_ground, ink_of
from tfcnn.errors import InputError

# MNIST's digits fill a box of 20 of their 28 pixels.
_BOX = 20 / 28
_WORKING_SIDE = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A picture on its way into a network.

    Attributes:
      image: uint8 [height, width, channels], what the network reads.
      stages: What each step made of it, by name, uint8 [any height, any width, 1 or 3] each; the
        picture first, ``image`` last.
    """

    image: npt.NDArray[np.uint8]
    stages: dict[str, npt.NDArray[np.uint8]]


def prepare_picture(
    path: str | os.PathLike[str], shape: tuple[int, ...], find_digit: bool = True
) -> Prepared:
    """Reads a PNG or JPEG file and makes of it what a network reads.

    Args:
      path: The file, at most 16 MiB and 4096 pixels a side.
      shape: ``(height, width, channels)`` of the network, with 1 channel (grey) or 3 (RGB).
      find_digit: Whether to treat the picture as ``as_mnist`` does, which a network with 3
        channels never asks for, instead of scaling it only.

    Raises:
      InputError: The file is no such picture, there is no ink on it, or ``shape`` has another
        number of channels.
    """
    if shape[2] not in (1, 3):
        raise InputError(f"images: expected a network with 1 or 3 channels, found {shape[2]}")
    try:
        pixels = pictures.decode(pictures.read_bytes(pathlib.Path(path)), path)
    except InputError as error:
        raise InputError(f"images: {error}") from None
    if not find_digit or shape[2] == 3:
        return scaled(pixels, shape)
    found = as_mnist(pixels, shape)
    if found is None:
        raise InputError(f"images: {path}: expected ink on paper, found an empty page")
    return found


def scaled(pixels: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> Prepared:
    """Scales a picture to a network's size, whatever its sides were, and does nothing else.

    Args:
      pixels: uint8 [H, W, 3].
      shape: ``(height, width, channels)`` with 1 channel or 3.
    """
    image = pixels if shape[2] == 3 else pictures.to_grey(pixels)
    image = pictures.scale(image, *shape[:2])
    return Prepared(image, {"picture": pixels, "scaled": image})


def as_mnist(pixels: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> Prepared | None:
    """Finds the ink and sets it as MNIST's digits are set.

    The steps of LeCun, Cortes and Burges (http://yann.lecun.com/exdb/mnist/): the ink, bright on
    black, is cut out, scaled so that its longer side fills 20 of 28 pixels while its shape stays,
    and moved so that its centre of mass is the image's centre, pixel 14 of 28. Before that comes
    what scanned forms had no need of: the ground is told from the ink under uneven light and
    noise (``ink.ink_of``), dark ink is made bright, specks go.

    A picture of exactly the network's size with bright strokes on a dark ground is taken as it is.

    Args:
      pixels: uint8 [H, W, 3].
      shape: ``(height, width, 1)``.

    Returns:
      The image and the stages, or None if there is no ink.
    """
    grey = pictures.to_grey(pixels)
    if grey.shape == shape and not has_bright_ground(grey[..., 0].astype(float)):
        return Prepared(grey, {"picture": pixels, "as it is": grey})
    longer = max(grey.shape[:2])
    if longer > _WORKING_SIDE:
        sides = (max(round(side * _WORKING_SIDE / longer), 1) for side in grey.shape[:2])
        grey = pictures.scale(grey, *sides)
    ink = ink_of(grey[..., 0] / 255)
    if not ink.any():
        return None
    bright = np.rint(255 * ink).astype(np.uint8)[..., np.newaxis]
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    cut = bright[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image = _centred(_boxed(cut, shape), shape)
    return Prepared(image, {"picture": pixels, "ink": bright, "cut out": cut, "centred": image})


def _boxed(cut: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Scales to the box of 20 of 28 pixels, keeping the shape."""
    factor = min(
        round(_BOX * room) / side for room, side in zip(shape[:2], cut.shape[:2], strict=True)
    )
    return pictures.scale(cut, *(max(round(factor * side), 1) for side in cut.shape[:2]))


def _centred(box: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Sets the box so that its centre of mass is at half the height and width."""
    image = np.zeros(shape, np.uint8)
    weights = box[..., 0].astype(float)
    corner = []
    for axis in (0, 1):
        middle = np.average(np.arange(box.shape[axis]), weights=weights.sum(axis=1 - axis))
        best = int(np.ceil(shape[axis] / 2 - 0.5 - middle))  # MNIST's lie from 13.5 to 14.49.
        corner.append(min(max(best, 0), shape[axis] - box.shape[axis]))
    top, left = corner
    image[top : top + box.shape[0], left : left + box.shape[1]] = box
    return image

"""A data set from arrays of pixels and labels, as other people's files hold them."""

import hashlib
import logging
import math
from typing import NamedTuple

import numpy as np

from tfcnn.data import checksums, class_names, held_out
from tfcnn.data.dataset import Dataset, Split
from tfcnn.errors import InputError, wrong
from tfcnn.typing import Array, UInt8

# What is below shows nothing but black, so it is scaled: bits, floats, the 17 levels of
# scikit-learn's digits.
_LARGEST_SCALED = 16
_VALUES_AT_A_TIME = 2**22

_log = logging.getLogger(__name__)


class Part(NamedTuple):
    """The arrays of a split.

    Attributes:
      images: Numbers ``[N, H, W]``, ``[N, H, W, C]``, ``[N, C, H, W]`` with 1 or 3 colours, or
        ``[N, H * W]`` of squares.
      labels: Whole numbers or texts ``[N]`` or ``[N, 1]``, or ``[N, K]`` with a single 1 in a row.
      called: What to call the images in an error message.
      labels_called: And the labels.
    """

    images: Array
    labels: Array
    called: str
    labels_called: str


def assemble(name: str, train: Part, test: Part | None) -> Dataset:
    """Makes a data set of arrays; without a test one in five of each class is a test image.

    Values count from 0 to 255. If none is above 1, floats are taken to be from 0 to 1; if none is
    above 16, the largest one becomes 255. That is told.

    Args:
      name: The data set's name.
      train: The images to learn from.
      test: The images to judge by.

    Returns:
      The data set, its classes named by the labels. Its checksums are those of its arrays.

    Raises:
      InputError: An array has another shape or other values, or they do not belong together.
    """
    parts = [part for part in (train, test) if part]
    shaped = [_with_channels(part) for part in parts]
    if shaped[0].shape[1:] != shaped[-1].shape[1:]:
        expected = f"images {shaped[0].shape[1:]} as in {train.called}"
        raise wrong(parts[-1].called, expected, shaped[-1].shape[1:])
    labels = [_flat_labels(part) for part in parts]
    if len({one.dtype.kind == "U" for one in labels}) > 1:
        labels = [one.astype(str) for one in labels]
    images = _to_bytes(name, parts, shaped)
    names, *numbers = class_names.from_labels(labels[0], labels[-1], parts[-1].labels_called)
    splits = [Split(*pair) for pair in zip(images, numbers, strict=False)]
    if test is None:
        splits = _divide(splits[0], [f"{train.labels_called}: class {name}" for name in names])
    learned, judged = splits
    return Dataset(name, len(names), names, learned, judged, checksums.of_splits(learned, judged))


def _divide(split: Split, called: list[str]) -> list[Split]:
    digests = [hashlib.sha256(image.tobytes()).hexdigest() for image in split.images]
    is_test = held_out.choose_test(digests, split.labels, called)
    return [Split(split.images[chosen], split.labels[chosen]) for chosen in (~is_test, is_test)]


def _with_channels(part: Part) -> Array:
    """The images as ``[N, H, W, 1 or 3]``."""
    images = part.images
    if images.dtype.kind not in "buif":
        raise wrong(part.called, "numbers", images.dtype)
    if images.ndim == 2 and (side := math.isqrt(images.shape[1])) ** 2 == images.shape[1]:
        images = images.reshape(len(images), side, side)
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim == 4 and images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        images = np.moveaxis(images, 1, 3)
    if images.ndim != 4 or images.shape[3] not in (1, 3) or images.size == 0:
        raise InputError(
            f"{part.called}: expected images [number, height, width], the same with 1 or 3 "
            f"colours, or [number, pixels of a square], found {list(part.images.shape)}"
        )
    return images


def _to_bytes(name: str, parts: list[Part], shaped: list[Array]) -> list[UInt8]:
    """Values from 0 to 255, those of all parts scaled alike."""
    low, high = (
        float(extreme([extreme(images) for images in shaped])) for extreme in (np.min, np.max)
    )
    if not (low >= 0 and high <= 255):  # So written, what is not a number is refused too.
        raise wrong(parts[0].called, "values from 0 to 255 or from 0 to 1", f"{low:g} to {high:g}")
    largest = 255.0
    if 0 < high <= _LARGEST_SCALED:
        floats = any(images.dtype.kind == "f" for images in shaped)
        largest = 1.0 if floats and high <= 1 else high
        _log.warning("%s: values from 0 to %g, scaled to 0 to 255", name, largest)
    found = []
    for images in shaped:
        scaled = np.empty(images.shape, np.uint8)
        step = max(_VALUES_AT_A_TIME // images[0].size, 1)
        for first in range(0, len(images), step):
            some = images[first : first + step]
            if largest != 255 or some.dtype.kind == "f":
                some = np.rint(some * (255 / largest))
            scaled[first : first + step] = some
        found.append(scaled)
    return found


def _flat_labels(part: Part) -> Array:
    """The labels as whole numbers or texts ``[N]``."""
    labels = part.labels
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and labels.dtype.kind in "buif" and labels.size:
        ones = labels == 1
        if (ones | (labels == 0)).all() and (ones.sum(axis=1) == 1).all():
            labels = ones.argmax(axis=1)
    if labels.ndim != 1:
        raise wrong(part.labels_called, "one label an image", list(part.labels.shape))
    if len(labels) != len(part.images):
        expected = f"{len(part.images)} labels, one for each of {part.called}"
        raise wrong(part.labels_called, expected, len(labels))
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels % 1 == 0).all():
        labels = labels.astype(np.int64) if np.abs(labels).max() < 2**53 else labels
    if labels.dtype.kind == "b" or (labels.dtype.kind == "u" and labels.max() < 2**63):
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "iU":
        raise wrong(part.labels_called, "whole numbers or texts", labels.dtype)
    return labels

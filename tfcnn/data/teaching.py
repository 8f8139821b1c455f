"""Whether anything can be learned from a data set, and whether its test can judge that."""

import logging

import numpy as np
import numpy.typing as npt

from tfcnn.data.dataset import Dataset
from tfcnn.errors import wrong
from tfcnn.typing import UInt8

_BYTES_AT_A_TIME = 2**24

_log = logging.getLogger(__name__)


def check(data: Dataset) -> None:
    """Refuses what cannot teach, and tells how many test images are training images too.

    Raises:
      InputError: There are fewer than two classes, one has no training image, or all training
        images are the same.
    """
    if data.num_classes < 2:
        raise wrong("dataset", "two or more classes", f"{data.num_classes} in {data.name}")
    counts = np.bincount(data.train.labels, minlength=data.num_classes)
    if empty := [data.class_names[label] for label in np.flatnonzero(counts == 0)]:
        more = f" and {len(empty) - 3} more" if len(empty) > 3 else ""
        found = f"none of {', '.join(empty[:3])}{more} in {data.name}"
        raise wrong("dataset", "training images of each class", found)
    if _are_all_the_same(data.train.images):
        kind = "one image again and again" if np.ptp(data.train.images[0]) else "blank ones only"
        raise wrong("dataset", "training images that differ", f"{kind} in {data.name}")
    if shared := count_shared(data.train.images, data.test.images):
        _log.warning(
            "%s: %d of %d test images are training images too", data.name, shared, len(data.test)
        )


def _are_all_the_same(images: UInt8) -> bool:
    step = max(_BYTES_AT_A_TIME // images[0].size, 1)
    return all(
        (images[first : first + step] == images[0]).all() for first in range(0, len(images), step)
    )


def count_shared(train: UInt8, test: UInt8) -> int:
    """How many test images ``[N, H, W, C]`` are, pixel for pixel, among those of the training.

    Images with the same hash are compared, so the count is exact.
    """
    hashes = _hashes(train), _hashes(test)
    alike = [np.flatnonzero(np.isin(*pair)) for pair in (hashes, hashes[::-1])]
    known = {train[number].tobytes() for number in alike[0]}
    return sum(test[number].tobytes() in known for number in alike[1])


def _hashes(images: UInt8) -> npt.NDArray[np.uint64]:
    """A number for each image: the sum of its 64-bit words, each times a random odd number."""
    rows = images.reshape(len(images), -1)
    if missing := -rows.shape[1] % 8:
        rows = np.pad(rows, ((0, 0), (0, missing)))
    words = np.ascontiguousarray(rows).view(np.uint64)
    factors = np.random.default_rng(0).integers(2**63, size=words.shape[1], dtype=np.uint64) * 2 + 1
    return words @ factors

"""A data set of four IDX files, plain or gzip, under MNIST's file names."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping

import numpy as np

from tfcnn.data import idx
from tfcnn.data.checksums import PARTS, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, sha256
from tfcnn.data.dataset import Dataset, Split
from tfcnn.errors import InputError


def load(name: str, folder: pathlib.Path, *, progress: bool = True) -> Dataset:
    """The data set in a folder, its classes named by their numbers.

    Args:
      name: The data set's name.
      folder: The folder.
      progress: Not used: the files are read at once.

    Raises:
      InputError: The folder or a file is missing or damaged, or they do not belong together.
    """
    del progress
    payloads = read(folder)
    found = {part: sha256(payload) for part, payload in payloads.items()}
    return assemble(name, payloads, found, folder)


def read(folder: pathlib.Path) -> dict[str, bytes]:
    """The four uncompressed IDX payloads by part.

    Raises:
      InputError: The folder or one of the files is missing, or a file is damaged.
    """
    try:
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of IDX files, found no such folder")
        return {part: idx.read_payload(_path(folder, part)) for part in PARTS}
    except OSError as error:
        raise InputError(
            f"{folder}: expected a readable folder of IDX files, found {error.strerror}"
        ) from error


def _path(folder: pathlib.Path, part: str) -> pathlib.Path:
    for path in (folder / part, folder / f"{part}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{folder}: expected the file {part} or {part}.gz, found neither")


def assemble(
    name: str,
    payloads: Mapping[str, bytes],
    checksums: Mapping[str, str],
    where: str | os.PathLike[str],
    class_names: tuple[str, ...] | None = None,
) -> Dataset:
    """Decodes the four payloads and checks that they belong together.

    Args:
      name: The data set's name.
      payloads: Uncompressed IDX payloads by part.
      checksums: Their SHA-256 by part.
      where: The folder they come from, for error messages.
      class_names: The names of the classes; without them the classes are the numbers from 0 to
        the largest training label, and each must occur in the training labels.

    Returns:
      The data set, images ``[N, H, W, 1]``.

    Raises:
      InputError: A payload is no IDX payload, image and label counts or the two splits' image
        sizes differ, or a label is out of range.
    """
    train = _split(payloads, TRAIN_IMAGES, TRAIN_LABELS, where)
    test = _split(payloads, TEST_IMAGES, TEST_LABELS, where)
    if train.images.shape[1:] != test.images.shape[1:]:
        raise InputError(
            f"{where}/{TEST_IMAGES}: expected images of {_size(train)} pixels as in "
            f"{TRAIN_IMAGES}, found {_size(test)}"
        )
    if class_names is None:
        class_names = _numbered_classes(train, f"{where}/{TRAIN_LABELS}")
    for split, part in ((train, TRAIN_LABELS), (test, TEST_LABELS)):
        largest = int(split.labels.max())
        if largest >= len(class_names):
            raise InputError(
                f"{where}/{part}: expected labels from 0 to {len(class_names) - 1}, found {largest}"
            )
    return Dataset(name, len(class_names), class_names, train, test, checksums)


def _split(
    payloads: Mapping[str, bytes],
    images_part: str,
    labels_part: str,
    where: str | os.PathLike[str],
) -> Split:
    images = idx.decode_images(payloads[images_part], f"{where}/{images_part}")
    labels = idx.decode_labels(payloads[labels_part], f"{where}/{labels_part}")
    if len(images) != len(labels):
        raise InputError(
            f"{where}/{labels_part}: expected {len(images)} labels, one for each image of "
            f"{images_part}, found {len(labels)}"
        )
    return Split(images, labels)


def _size(split: Split) -> str:
    height, width = split.images.shape[1:3]
    return f"{height}x{width}"


def _numbered_classes(train: Split, where: str) -> tuple[str, ...]:
    """Names the classes by their number; a gap tells of a wrong label."""
    counts = np.bincount(train.labels)
    missing = np.flatnonzero(counts == 0)
    if missing.size:
        raise InputError(
            f"{where}: expected labels from 0 on with every class present, "
            f"found {len(counts) - 1} but no {missing[0]}"
        )
    return tuple(str(label) for label in range(len(counts)))

"""A data set from a folder of pictures: one sub-folder a class."""

from __future__ import annotations

import hashlib
import itertools
import pathlib
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from tfcnn.data import checksums, pictures
from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.sources.client import BAR_AFTER_SECONDS
from tfcnn.errors import InputError

ONE_TEST_IMAGE_IN = 5
# Three times as much as an IDX file may hold, as colours are decoded first.
MOST_VALUES = 3 * 2**30

_Listing: TypeAlias = dict[str, list[pathlib.Path]]


def load(name: str, folder: pathlib.Path, *, progress: bool = True) -> Dataset:
    """Loads the pictures below a folder.

    The names of the sub-folders, sorted, are the classes. If there are both ``train`` and
    ``test`` with the classes below them, they are the splits. Otherwise one picture in five of
    each class, at least one, is a test image: those whose bytes have the smallest SHA-256. So the
    split depends neither on names nor on order, and a further picture moves at most one.

    The images are grey if no picture of either split has a coloured pixel, and RGB otherwise.
    Names that begin with a dot are passed over, and so are files beside the classes. What is a
    picture, and how it is read, ``pictures.open_picture`` says.

    Args:
      name: The data set's name.
      folder: The folder.
      progress: Whether to show a progress bar on what takes longer than two seconds.

    Returns:
      The data set, each split sorted by class and by file name. Its checksums are the SHA-256 of
      what ``sha256sum CLASS/FILE ...`` prints for the files of a split in that order.

    Raises:
      InputError: There are fewer than two classes or a class has too few pictures, a file is no
        picture, or its size is not that of the first one; the message names the file or folder.
    """
    given = [folder / "train", folder / "test"]
    divided = all(part.is_dir() for part in given)
    listings = [_list_classes(part) for part in (given if divided else [folder])]
    if divided and (differing := set(listings[0]) ^ set(listings[1])):
        raise InputError(
            f"{given[1]}: expected the same classes as in {given[0].name}, "
            f"found a difference in {min(differing)}"
        )
    classes = tuple(listings[0])
    paths = [path for listing in listings for path in itertools.chain(*listing.values())]
    images, digests = _read_all(paths, name, progress)
    labels = np.array([classes.index(path.parent.name) for path in paths], np.int32)
    if divided:
        count = sum(map(len, listings[0].values()))
        is_test = np.arange(len(paths)) >= count
    else:
        is_test = _choose_test(digests, labels, folder, classes)
    splits, found = [], {}
    for part, chosen in (("train", ~is_test), ("test", is_test)):
        splits.append(Split(images[chosen], labels[chosen]))
        lines = [
            f"{digests[number]}  {paths[number].parent.name}/{paths[number].name}\n"
            for number in np.flatnonzero(chosen)
        ]
        found[part] = checksums.sha256("".join(lines).encode("utf-8", "surrogateescape"))
    train, test = splits
    return Dataset(name, len(classes), classes, train, test, found)


def _list_classes(folder: pathlib.Path) -> _Listing:
    """The files of each class, classes and files sorted by name."""
    try:
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of pictures, found no such folder")
        listing = {
            inner.name: sorted(path for path in inner.iterdir() if path.name[0] != ".")
            for inner in sorted(folder.iterdir())
            if inner.is_dir() and inner.name[0] != "."
        }
    except OSError as error:
        raise InputError(
            f"{folder}: expected a readable folder of pictures, found {error.strerror}"
        ) from None
    if len(listing) < 2:
        raise InputError(
            f"{folder}: expected a sub-folder for each of two or more classes, found {len(listing)}"
        )
    for name, paths in listing.items():
        if not paths:
            raise InputError(f"{folder / name}: expected pictures of a class, found none")
    return listing


def _read_all(
    paths: Sequence[pathlib.Path], name: str, progress: bool
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Images ``[count, height, width, 1 or 3]`` and the SHA-256 of each file.

    Room for all is made once, after the first one told the size.
    """
    images = np.empty((0, 0, 0, 3), np.uint8)
    digests, grey = [], True
    bar = tqdm(
        paths, desc=name, unit=" images", delay=BAR_AFTER_SECONDS, leave=False, disable=not progress
    )
    for number, path in enumerate(bar):
        content = pictures.read_bytes(path)
        pixels = pictures.decode(content, path)
        if number == 0:
            if len(paths) * pixels.size > MOST_VALUES:
                raise InputError(
                    f"{path}: expected pictures of at most {MOST_VALUES // len(paths)} values for "
                    f"{len(paths)} of them to fit, found {pixels.size}"
                )
            images = np.empty((len(paths), *pixels.shape), np.uint8)
        if pixels.shape != images.shape[1:]:
            raise InputError(
                f"{path}: expected {_size(images[0])} pixels (width x height) as in "
                f"{paths[0]}, found {_size(pixels)}"
            )
        images[number] = pixels
        grey = grey and pictures.is_grey(pixels)
        digests.append(hashlib.sha256(content).hexdigest())
    return np.ascontiguousarray(images[..., :1]) if grey else images, digests


def _choose_test(
    digests: Sequence[str],
    labels: npt.NDArray[np.int32],
    folder: pathlib.Path,
    classes: Sequence[str],
) -> npt.NDArray[np.bool_]:
    """Which pictures are test images, bool [count]."""
    is_test = np.zeros(len(labels), bool)
    for label, name in enumerate(classes):
        members = np.flatnonzero(labels == label).tolist()
        if len(members) < 2:
            raise InputError(
                f"{folder / name}: expected two or more pictures, one of them for the test, "
                f"found {len(members)}"
            )
        ranked = sorted(members, key=lambda number: (digests[number], number))
        is_test[ranked[: max(len(members) // ONE_TEST_IMAGE_IN, 1)]] = True
    return is_test


def _size(pixels: npt.NDArray[np.uint8]) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"

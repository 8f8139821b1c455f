"""A data set from a folder of pictures: one sub-folder a class."""

from __future__ import annotations

import collections
import hashlib
import logging
import pathlib
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from tfcnn.data import checksums, held_out, pictures, split_folders
from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.sources.client import BAR_AFTER_SECONDS
from tfcnn.errors import InputError
from tfcnn.shown_names import shown
from tfcnn.typing import UInt8

# Three times as much as an IDX file may hold, as colours are decoded first.
MOST_VALUES = 3 * 2**30
_MOST_NOTES = 5

_log = logging.getLogger(__name__)


def load(name: str, folder: pathlib.Path, *, progress: bool = True) -> Dataset:
    """Loads the pictures below a folder.

    The names of the sub-folders are the classes, in the order of numbers if all are numbers. Where
    the splits are found ``split_folders.find`` says; without a test one picture in five of each
    class is a test image (``held_out.choose_test`` by the files' SHA-256).

    The images are grey if no picture of either split has a coloured pixel, and RGB otherwise.
    Litter is passed over (``litter.is_litter``), and so are files beside the classes. What is a
    picture, and how it is read, ``pictures.open_picture`` says; what a person should know of that
    is told in a line a kind.

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
    train_listing, test_listing = split_folders.find(folder)
    classes = tuple(train_listing)
    paths, label_list = [], []
    for listing in (train_listing, test_listing or {}):
        for label, found_paths in enumerate(listing.values()):
            paths += found_paths
            label_list += [label] * len(found_paths)
    images, digests = _read_all(paths, name, progress)
    labels = np.array(label_list, np.int32)
    if test_listing is None:
        called = [str(found_paths[0].parent) for found_paths in train_listing.values()]
        is_test = held_out.choose_test(digests, labels, called)
    else:
        is_test = np.arange(len(paths)) >= sum(map(len, train_listing.values()))
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


def _read_all(paths: Sequence[pathlib.Path], name: str, progress: bool) -> tuple[UInt8, list[str]]:
    """Images ``[count, height, width, 1 or 3]`` and the SHA-256 of each file.

    Room for all is made once, after the first one told the size.
    """
    images = np.empty((0, 0, 0, 3), np.uint8)
    digests, grey, notes = [], True, collections.Counter[str]()
    bar = tqdm(
        paths,
        desc=shown(name),
        unit=" images",
        delay=BAR_AFTER_SECONDS,
        leave=False,
        disable=not progress,
    )
    for number, path in enumerate(bar):
        content = pictures.read_bytes(path)
        picture = pictures.open_picture(content, path)
        pixels = picture.pixels
        notes.update(picture.notes)
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
    for note, count in notes.most_common(_MOST_NOTES):
        _log.warning("%s: %d of %d pictures: %s", name, count, len(paths), note)
    return np.ascontiguousarray(images[..., :1]) if grey else images, digests


def _size(pixels: UInt8) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"

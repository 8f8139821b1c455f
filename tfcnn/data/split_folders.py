"""Which folders of a folder of pictures are the splits, and which the classes."""

import contextlib
import logging
import pathlib
from collections.abc import Iterator
from typing import TypeAlias

from tfcnn.data import class_names, litter
from tfcnn.data.split_words import TEST, TRAIN, VALIDATION, split_of_folder
from tfcnn.errors import wrong

_log = logging.getLogger(__name__)

# The pictures of each class, classes in their order and pictures sorted by name.
Listing: TypeAlias = dict[str, list[pathlib.Path]]


def find(folder: pathlib.Path) -> tuple[Listing, Listing | None]:
    """The pictures of the training and of the test, which is None if there is none.

    A folder with nothing but another folder in it is entered, as archives make when they are
    unpacked. The splits are two sub-folders that say so by their names: one of training pictures
    and one of the test or, without it, of the validation. Beside a test a validation is left out. A
    test without classes cannot be used. What is left out is told in a line.

    Raises:
      InputError: There are fewer than two classes, one of them is empty, the test has other ones,
        two folders claim to be the same split, or one cannot be read.
    """
    top = _entered(folder)
    splits = _splits(top)
    if TRAIN not in splits or len(splits) < 2:
        return _list_training(top), None
    train = _list_training(_entered(splits[TRAIN]))
    for split in (TEST, VALIDATION):
        if split not in splits:
            continue
        part = _entered(splits[split])
        if [inner.name for inner in _folders_in(part)] in ([], [part.name]):
            _log.warning("%s: without classes, so not used", splits[split])
            continue
        if split == TEST and VALIDATION in splits:
            _log.warning("%s: not used, as there is a test", splits[VALIDATION])
        return train, _list_test(part, train, splits[TRAIN].name)
    return train, None


@contextlib.contextmanager
def _readable(folder: pathlib.Path) -> Iterator[None]:
    """Whatever the system refuses within is an InputError about the folder."""
    try:
        yield
    except OSError as error:
        raise wrong(folder, "a readable folder of pictures", error.strerror) from None


def _visible(folder: pathlib.Path) -> list[pathlib.Path]:
    """What a folder holds but for litter, sorted by name."""
    with _readable(folder):
        if not folder.is_dir():
            raise wrong(folder, "a folder of pictures", "no such folder")
        return sorted(path for path in folder.iterdir() if not litter.is_litter(path))


def _folders_in(folder: pathlib.Path) -> list[pathlib.Path]:
    with _readable(folder):
        return [path for path in _visible(folder) if path.is_dir()]


def _entered(folder: pathlib.Path) -> pathlib.Path:
    """Goes down as long as a folder holds a single folder, and that one further folders."""
    inner = _folders_in(folder)
    while len(inner) == 1 and (further := _folders_in(inner[0])):
        folder, inner = inner[0], further
    return folder


def _splits(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The folders that are splits by their names."""
    found: dict[str, pathlib.Path] = {}
    for inner in _folders_in(folder):
        if split := split_of_folder(inner.name):
            if split in found:
                both = f"{found[split].name} and {inner.name}"
                raise wrong(folder, f"one folder of the {split} pictures", both)
            found[split] = inner
    return found


def _list_training(folder: pathlib.Path) -> Listing:
    by_name = {inner.name: inner for inner in _folders_in(folder)}
    if len(by_name) < 2:
        raise wrong(folder, "a sub-folder for each of two or more classes", len(by_name))
    listing = {name: _visible(by_name[name]) for name in class_names.in_order(by_name)}
    for name, paths in listing.items():
        if not paths:
            raise wrong(folder / name, "pictures of a class", "none")
    return listing


def _list_test(folder: pathlib.Path, train: Listing, called: str) -> Listing:
    """The pictures of each class of the training; a class may have none in the test."""
    found = {inner.name: _visible(inner) for inner in _folders_in(folder)}
    if further := [name for name, paths in found.items() if paths and name not in train]:
        raise wrong(folder, f"no other classes than in {called}", ", ".join(further[:3]))
    listing = {name: found.get(name, []) for name in train}
    if not any(listing.values()):
        raise wrong(folder, "test pictures", "none")
    return listing

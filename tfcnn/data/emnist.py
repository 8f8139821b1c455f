"""EMNIST's images, which lie on their side, turned upright.

They were written column by column (Cohen et al., "EMNIST: an extension of MNIST to handwritten
letters", arXiv:1702.05373), in its IDX and CSV files and in tensorflow-datasets alike.
"""

import dataclasses
import logging
import pathlib
import re

import numpy as np

from tfcnn.data.dataset import Dataset, Split
from tfcnn.errors import wrong

_NAME = re.compile(r"(?<![a-z])emnist", re.IGNORECASE)
_MAPPING_LINE = re.compile(r"(\d{1,3})((?: \d{1,7})+)")

_log = logging.getLogger(__name__)


def is_emnist(name: str) -> bool:
    """Whether a file's or data set's name says that it is EMNIST."""
    return bool(_NAME.search(name))


def upright(data: Dataset) -> Dataset:
    """Exchanges rows and columns of all images, which is told and said in the checksums' names."""
    _log.warning("%s: EMNIST's images are stored on their side and turned upright here", data.name)
    train, test = (
        Split(np.ascontiguousarray(split.images.transpose(0, 2, 1, 3)), split.labels)
        for split in (data.train, data.test)
    )
    checksums = {f"{part}, turned upright": digest for part, digest in data.checksums.items()}
    return dataclasses.replace(data, train=train, test=test, checksums=checksums)


def only_classes_that_occur(data: Dataset) -> Dataset:
    """Leaves out the classes that no image has: EMNIST's letters are 1 to 26 of 37 classes."""
    counts = sum(
        np.bincount(split.labels, minlength=data.num_classes) for split in (data.train, data.test)
    )
    kept = np.flatnonzero(counts)
    place = np.searchsorted(kept, np.arange(data.num_classes)).astype(np.int32)
    train, test = (Split(split.images, place[split.labels]) for split in (data.train, data.test))
    names = tuple(data.class_names[label] for label in kept)
    return dataclasses.replace(
        data, num_classes=len(names), class_names=names, train=train, test=test
    )


def as_meant(data: Dataset, set_name: str, folder: pathlib.Path) -> Dataset:
    """Those of EMNIST's files upright, and named by a file of characters that lies beside them.

    Args:
      data: As the files hold it.
      set_name: What their names begin with; nothing changes if that is not EMNIST.
      folder: Where ``emnist-*-mapping.txt`` may be.

    Raises:
      InputError: The file of characters is damaged.
    """
    if not is_emnist(set_name):
        return data
    wanted = f"{set_name}-mapping.txt".lower()
    mapping = next((one for one in folder.iterdir() if one.name.lower() == wanted), None)
    return with_characters(upright(data), mapping) if mapping else upright(data)


def with_characters(data: Dataset, mapping: pathlib.Path) -> Dataset:
    """Names the classes by their characters, as EMNIST's file ``emnist-*-mapping.txt`` tells.

    A line has a label and the codes of its characters, of letters maybe a capital and a small one.
    A class that the file does not tell of keeps its number.

    Raises:
      InputError: The file cannot be read, has other lines, or gives two classes the same name.
    """
    characters = {}
    try:
        lines = mapping.read_text("ascii").splitlines()
        for line in filter(None, map(str.strip, lines)):
            match = _MAPPING_LINE.fullmatch(line)
            text = "".join(chr(int(code)) for code in match[2].split()) if match else "\n"
            if not match or not text.isprintable():
                raise ValueError(f"the line {line[:40]!r}")
            characters[str(int(match[1]))] = text
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise wrong(mapping, "lines of a label and character codes", reason) from None
    names = tuple(characters.get(name, name) for name in data.class_names)
    if len(set(names)) < len(names):
        raise wrong(mapping, "different characters for each class", "the same")
    return dataclasses.replace(data, class_names=names)

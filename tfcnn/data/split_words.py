"""The words that say, in names of files, folders and arrays, what is for training or the test."""

from __future__ import annotations

import re

TRAIN, TEST, VALIDATION = "train", "test", "validation"
_SPLITS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing", "t10k"), TEST),
    **dict.fromkeys(("val", "valid", "validation"), VALIDATION),
}
_FOLDER = re.compile(r"([a-z0-9]+?)[ _-]?(?:set|data|images|split)?")


def split_of(word: str) -> str | None:
    """``train``, ``test`` or ``validation`` for a word that says so, whatever its case."""
    return _SPLITS.get(word.lower())


def split_of_folder(name: str) -> str | None:
    """As ``split_of``, for a folder, which may also be called ``Training_set`` or ``testData``."""
    match = _FOLDER.fullmatch(name.lower())
    return split_of(match[1]) if match else None

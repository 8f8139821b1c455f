"""The words that say, in names of files, folders and arrays, what is for training or the test."""

import re

TRAIN, TEST, VALIDATION = "train", "test", "validation"
# The words in small letters -> the split.
SPLITS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing", "t10k"), TEST),
    **dict.fromkeys(("val", "valid", "validation"), VALIDATION),
}
_FOLDER = re.compile(r"([a-z0-9]+?)[ _-]?(?:set|data|images|split)?")


def split_of_folder(name: str) -> str | None:
    """The split of a folder called ``train``, ``Training_set`` or ``testData``, or None."""
    match = _FOLDER.fullmatch(name.lower())
    return SPLITS.get(match[1]) if match else None

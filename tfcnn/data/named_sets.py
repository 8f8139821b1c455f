"""Files whose names say which data set, split and part they are: ``emnist-letters-test-images``."""

import pathlib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from tfcnn.data import litter
from tfcnn.data.split_words import SPLITS
from tfcnn.errors import wrong

IMAGES, LABELS, BOTH = "images", "labels", ""
_NAME = re.compile(
    rf"(?:(?P<set>.*?)[-_. ]+)?(?P<split>{'|'.join(SPLITS)})"
    r"(?:[-_. ]+(?P<part>images?|imgs?|labels?))?",
    re.IGNORECASE | re.DOTALL,
)


class Name(NamedTuple):
    """What a file's name says.

    Attributes:
      set_name: What stands before the split, maybe nothing.
      split: One of those of ``split_words``.
      part: ``IMAGES``, ``LABELS`` or ``BOTH``.
    """

    set_name: str
    split: str
    part: str


# The files of a data set, by split and part.
Files: TypeAlias = dict[tuple[str, str], pathlib.Path]


def parse(stem: str) -> Name | None:
    """What a name without its endings says; None if it names no split."""
    match = _NAME.fullmatch(stem)
    if not match:
        return None
    part = (match["part"] or "").lower()
    kind = LABELS if part.startswith("label") else IMAGES if part else BOTH
    return Name(match["set"] or "", SPLITS[match["split"].lower()], kind)


def find(
    path: pathlib.Path, what: str, parse_file: Callable[[str], Name | None]
) -> tuple[str, Files]:
    """The files of the one data set that a path means.

    Args:
      path: ``FOLDER``, if one data set lies there, or else ``FOLDER/NAME`` or any of its files.
        Files may each be in a folder of their own name, and all in a single inner folder.
      what: What files they are, for error messages.
      parse_file: As ``parse``, for a file's name with its endings; None if it is another file.

    Returns:
      The data set's name, which may be empty, and its files.

    Raises:
      InputError: Nothing or more than one data set is meant.
    """
    named = parse_file(path.name)
    try:
        if path.is_dir():
            wanted, sets = None, _sets_in(path, parse_file)
        elif path.parent.is_dir():
            wanted = named.set_name if path.is_file() and named else path.name
            sets = _sets_in(path.parent, parse_file)
        else:
            raise wrong(path, f"a folder of {what}", "no such file or folder")
    except OSError as error:
        raise wrong(path, f"a readable folder of {what}", error.strerror) from error
    if wanted is None:
        if len(sets) > 1 and "" not in sets:
            known = ", ".join(sorted(sets))
            raise wrong(path, "one data set", f"{len(sets)}: add /NAME with one of {known}")
        return next(iter(sets.items()), ("", {}))
    for set_name, files in sets.items():
        if set_name.lower() == wanted.lower():
            return set_name, files
    others = f"; beside it are {', '.join(sorted(sets))}" if any(sets) else ""
    found = "another file" if path.exists() else "no such file or folder"
    raise wrong(path, f"a folder of {what}", f"{found}{others}")


def _sets_in(folder: pathlib.Path, parse_file: Callable[[str], Name | None]) -> Mapping[str, Files]:
    """The data sets of a folder by name; of a single inner folder, if there are none in it."""
    sets: dict[str, Files] = {}
    spellings: dict[str, str] = {}
    inner_folders = []
    for path in sorted(folder.iterdir(), key=_original_first):
        if litter.is_litter(path):
            continue
        named = parse_file(path.name)
        if path.is_dir():
            inner_folders.append(path)
            inner = [
                one for one in sorted(path.iterdir()) if named and parse_file(one.name) == named
            ]
            path = inner[0] if inner else path
        if named and path.is_file():
            set_name = spellings.setdefault(named.set_name.lower(), named.set_name)
            sets.setdefault(set_name, {}).setdefault((named.split, named.part), path)
    if not sets and len(inner_folders) == 1:
        return _sets_in(inner_folders[0], parse_file)
    return dict(sorted(sets.items()))  # The one without a name comes first.


def _original_first(path: pathlib.Path) -> tuple[bool, int, str]:
    """Files before folders, and the shortest name, which is the plain one, before others."""
    return path.is_dir(), len(path.name), path.name

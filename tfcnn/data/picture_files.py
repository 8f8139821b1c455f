"""Which picture files are meant: names, folders, patterns, and commas between them or within."""

from __future__ import annotations

import glob
import pathlib
import re
from collections.abc import Iterator

from tfcnn.arguments import checked
from tfcnn.data import litter
from tfcnn.errors import InputError

# As Pillow's formats.
ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib"),
    *(".tif", ".tiff", ".webp"),
)


@checked
def find_pictures(text: str) -> list[pathlib.Path]:
    """The files that a text names.

    Parts between commas are a file, a folder, whose pictures are all meant, those of its folders
    too, or a pattern with ``*``, ``?`` or ``[...]``. A comma that belongs to a name may stay: the
    longest run of parts that names something is taken. Within a folder or pattern numbers are in
    the order of numbers; litter (``litter.is_litter``) is passed over.

    Args:
      text: For example ``a.png,scans,photos/*.jpg``.

    Returns:
      The files; one that does not exist stands as it was written, for the reader to refuse.

    Raises:
      InputError: Nothing is named, a folder holds no picture, or a pattern meets none.
    """
    parts = [] if not text.strip() else text.split(",")
    found: list[pathlib.Path] = []
    while parts:
        length = next(
            (many for many in range(len(parts), 0, -1) if _exists(",".join(parts[:many]))), 1
        )
        found.extend(_named_by(",".join(parts[:length])))
        parts = parts[length:]
    if not found:
        raise InputError("images: expected one file or more, found none")
    return found


def by_number(path: pathlib.Path) -> list[tuple[int, int, str]]:
    """A key that sorts names as people do: 2 before 10."""
    pieces = re.split(r"([0-9]+)", str(path))
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one.lower()) for one in pieces]


def _exists(name: str) -> bool:
    try:
        return pathlib.Path(name).exists() or any(_met_by(name))
    except (OSError, ValueError):  # Longer than a name may be, a zero byte, no right pattern.
        return False


def _met_by(pattern: str) -> Iterator[pathlib.Path]:
    """The files and folders that a pattern meets; none if it is no pattern."""
    if glob.has_magic(pattern):
        start = pathlib.Path(pattern).anchor
        yield from pathlib.Path(start).glob(str(pathlib.Path(pattern).relative_to(start)))


def _named_by(name: str) -> list[pathlib.Path]:
    """The pictures of a file, folder or pattern that exists, or the name as it stands."""
    path = pathlib.Path(name)
    if not _exists(name):
        if glob.has_magic(name):
            raise InputError(f"images: {name!r}: expected pictures, found none")
        return [path]
    met = [path] if path.exists() else list(_met_by(name))
    found = sorted({inner for one in met for inner in _pictures_in(one)}, key=by_number)
    if not found:
        raise InputError(f"images: {name!r}: expected pictures, found none")
    return found


def _pictures_in(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file itself; of a folder the files with a picture's ending, those further down too."""
    if not path.is_dir():
        yield path
        return
    try:
        inner = list(path.iterdir())
    except OSError as error:
        raise InputError(
            f"images: {path}: expected a readable folder, found {error.strerror}"
        ) from None
    for one in inner:
        if not litter.is_litter(one):
            if one.is_dir():
                yield from _pictures_in(one)
            elif one.suffix.lower() in ENDINGS:
                yield one

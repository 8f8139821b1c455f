"""Writing a file so that it is either the old one or the whole new one, never half of it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Gives a fresh path beside ``path``; what is written there takes its place at the end.

    If the body raises, the new file is removed and whatever stood at ``path`` stays untouched.
    The data reach the disk before the name changes, so a power cut leaves one of the two files.

    Args:
      path: The file to write. Missing parent folders are made.

    Yields:
      A path in the same folder, with the same suffix, for the body to write to.
    """
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-", suffix=target.suffix)
    os.close(handle)
    partial = pathlib.Path(name)
    try:
        yield partial
        mask = os.umask(0)  # mkstemp makes private files; a result is readable like any other.
        os.umask(mask)
        partial.chmod(0o666 & ~mask)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes ``text`` as UTF-8 to ``path``, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")

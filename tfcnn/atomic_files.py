"""Writing a file so that it is either the old one or the whole new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import shutil
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


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Gives a fresh folder beside ``path`` that takes this name at the end.

    If the body raises, the fresh folder is removed. All files reach the disk before the name.

    Args:
      path: The folder to make. Missing parent folders are made, too.

    Yields:
      An empty folder for the body to fill.

    Raises:
      FileExistsError: There is something at ``path``.
    """
    target = pathlib.Path(path)
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".partial-{target.name}-{os.getpid()}")
    partial.mkdir()
    try:
        yield partial
        flush_to_disk(*partial.rglob("*"), partial)
        partial.rename(target)
        flush_to_disk(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def flush_to_disk(*paths: pathlib.Path) -> None:
    """Waits until files' contents, and folders' names, would survive a power cut."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes ``text`` as UTF-8 to ``path``, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")

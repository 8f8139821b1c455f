"""Writing files and folders so that each is the old one or the whole new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

# How the names of files and folders begin that are not finished.
UNFINISHED = ".partial-"


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Gives a fresh path beside ``path``; what is written there takes its place at the end.

    If the body raises, the new file is removed and whatever stood at ``path`` stays untouched. An
    ``OSError`` names ``path``, not the fresh one.
    The data reach the disk before the name changes, so a power cut leaves one of the two files.

    Args:
      path: The file to write. Missing parent folders are made.

    Yields:
      A path in the same folder, with the same suffix, for the body to write to.
    """
    target = pathlib.Path(path)
    with _naming(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED, suffix=target.suffix)
        os.close(handle)
        partial = pathlib.Path(name)
        try:
            yield partial
            partial.chmod(0o666 & ~_mask())
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[pathlib.Path]:
    """Gives a fresh folder beside ``path`` that takes this name at the end.

    If the body raises, the fresh folder is removed and whatever stood at ``path`` stays untouched.
    All files reach the disk before the name. With ``replace`` two folders change their names, one
    after the other: a process killed between leaves neither at ``path``.

    Args:
      path: The folder to make. Missing parent folders are made, too.
      replace: Whether a folder that is at ``path`` gives way at the end, instead of being refused.

    Yields:
      An empty folder for the body to fill.

    Raises:
      FileExistsError: There is something at ``path``, and ``replace`` is not set.
    """
    target = pathlib.Path(path)
    if target.exists() and not replace:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    with _naming(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _fresh_folder(target)
        try:
            partial.chmod(0o777 & ~_mask())
            yield partial
            _flush_to_disk(*partial.rglob("*"), partial)
            old = _put_aside(target) if replace and target.exists() else None
            try:
                partial.rename(target)
            except OSError:
                if old:
                    old.rename(target)
                raise
            _flush_to_disk(target.parent)
            if old:
                shutil.rmtree(old)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def _naming(target: pathlib.Path) -> Iterator[None]:
    """Lets an error that names an unfinished file, or none, name the one that was wanted."""
    try:
        yield
    except OSError as error:
        if error.errno is None or (error.filename and UNFINISHED not in str(error.filename)):
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error


def remove_folder(path: pathlib.Path) -> None:
    """Removes a folder; killed half way, it leaves nothing under the folder's name."""
    shutil.rmtree(_put_aside(path))


def clear_unfinished(folder: pathlib.Path) -> None:
    """Removes what processes left directly in ``folder`` that were killed while they wrote."""
    for path in folder.glob(f"{UNFINISHED}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _put_aside(path: pathlib.Path) -> pathlib.Path:
    """Gives a folder a name of unfinished ones, at once."""
    fresh = _fresh_folder(path)
    fresh.rmdir()  # Windows renames nothing to a name that is taken, be it that of an empty folder.
    return path.rename(fresh)


def _fresh_folder(target: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{UNFINISHED}{target.name}-"))


def _mask() -> int:
    """The umask. ``tempfile`` makes private files; a result is readable like any other."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush_to_disk(*paths: pathlib.Path) -> None:
    """Waits until files' contents, and folders' names, would survive a power cut.

    Windows opens no folder, and flushes only files that are open for writing.
    """
    for path in paths:
        is_folder = path.is_dir()
        with contextlib.suppress(PermissionError) if is_folder else contextlib.nullcontext():
            descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes ``text`` as UTF-8 to ``path``, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")

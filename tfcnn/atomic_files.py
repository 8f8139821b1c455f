"""Writing files and folders so that each is the old one or the whole new one, never half of it.

What is not finished is locked (``flock``) by the process that writes it, which the system undoes
when that ends, however it ends. So what is unfinished and not locked was left by one that was
killed; the next that writes into the folder removes it. Where the system has no such lock, as
Windows, it stays until ``clear_unfinished``.
"""

import contextlib
import errno
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows.
    fcntl = None  # type: ignore[assignment]

# How the names of files and folders begin that are not finished.
UNFINISHED = ".partial-"
_OURS = "-tfcnn"  # And before the suffix, as other programs have such beginnings, too.


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
        with _fresh(target, folder=False) as partial:
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
        with passing_folder(target) as partial:
            partial.chmod(0o777 & ~_mask())
            yield partial
            _flush_to_disk(*partial.rglob("*"), partial)
            if replace and target.exists():
                with _held(target):
                    _take_the_place(partial, target)
            else:
                partial.rename(target)
                _flush_to_disk(target.parent)


@contextlib.contextmanager
def passing_folder(beside: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Gives an empty folder beside a path, for what nobody needs when the body ends."""
    with _fresh(pathlib.Path(beside), folder=True) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _take_the_place(partial: pathlib.Path, target: pathlib.Path) -> None:
    """Puts one folder where another one is, which comes back if that fails."""
    old = _put_aside(target)
    try:
        partial.rename(target)
    except OSError:
        old.rename(target)
        raise
    _flush_to_disk(target.parent)
    shutil.rmtree(old)


@contextlib.contextmanager
def _naming(target: pathlib.Path) -> Iterator[None]:
    """Lets an error that names an unfinished file, or none, name the one that was wanted."""
    try:
        yield
    except OSError as error:
        if error.errno is None or (error.filename and UNFINISHED not in str(error.filename)):
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error


def wanted_names(text: str) -> str:
    """``text`` with the names of folders that ``new_folder`` fills as they are to be called."""
    return re.sub(rf"{re.escape(UNFINISHED)}([^/\\\n]+)-\w+{_OURS}", r"\1", text)


def remove_folder(path: pathlib.Path) -> None:
    """Removes a folder; killed half way, it leaves nothing under the folder's name."""
    with _held(path):
        shutil.rmtree(_put_aside(path))


def clear_unfinished(folder: pathlib.Path) -> None:
    """Removes what processes left directly in ``folder`` that were killed while they wrote."""
    _remove_left(folder, f"{UNFINISHED}*")


def _remove_left(folder: pathlib.Path, pattern: str) -> None:
    """Removes what matches and no process holds; where that cannot be known, nothing."""
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if path.is_symlink():
                path.unlink()
                continue
            with _held(path, wait=False):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


@contextlib.contextmanager
def _held(path: pathlib.Path, *, wait: bool = True) -> Iterator[bool]:
    """Locks a file or folder; yields whether it still has its name.

    Raises:
      OSError: Not with ``wait``: another process holds it, or the file system has no locks.
    """
    if fcntl is None:
        yield path.exists()
        return
    # For writing where that can be: network drives lock nothing else.
    kind = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_NONBLOCK
    descriptor = os.open(path, kind | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            if not wait:
                raise
        yield path.exists() and os.path.samestat(os.fstat(descriptor), path.stat())
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _fresh(target: pathlib.Path, *, folder: bool) -> Iterator[pathlib.Path]:
    """An empty file or folder beside ``target``, held by this process; what was left there goes."""
    if fcntl is not None:
        _remove_left(target.parent, f"{UNFINISHED}*{_OURS}*")
    while True:
        partial = _fresh_folder(target) if folder else _fresh_file(target)
        with contextlib.ExitStack() as holding:
            # Before it is held another process may take it for what was left, and remove it.
            try:
                is_there = holding.enter_context(_held(partial))
            except FileNotFoundError:
                continue
            if is_there:
                yield partial
                return


def _put_aside(path: pathlib.Path) -> pathlib.Path:
    """Gives a folder a name of unfinished ones, at once."""
    fresh = _fresh_folder(path)
    fresh.rmdir()  # Windows renames nothing to a name that is taken, be it that of an empty folder.
    return path.rename(fresh)


def _fresh_file(target: pathlib.Path) -> pathlib.Path:
    ending = f"{_OURS}{target.suffix}"
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED, suffix=ending)
    os.close(handle)
    return pathlib.Path(name)


def _fresh_folder(target: pathlib.Path) -> pathlib.Path:
    beginning = f"{UNFINISHED}{target.name}-"
    return pathlib.Path(tempfile.mkdtemp(dir=target.parent, prefix=beginning, suffix=_OURS))


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

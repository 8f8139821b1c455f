"""Reading what somebody else may have put there: a regular file, no larger than it may be."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from tfcnn.errors import InputError, wrong

MOST_BYTES = 64 * 2**20  # Of what a run's folder holds beside weights and checkpoints.

# A named pipe without a writer is opened at once, and then refused, instead of waited for.
_BLOCK = 2**20
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def opened_regular(
    path: str | os.PathLike[str],
    most: int = MOST_BYTES,
    kind: str = "a file",
    source: str | None = None,
) -> Iterator[BinaryIO]:
    """Opens a regular file, or the one that a link leads to, for reading.

    A library that opens a file by its name does so while this has it open.

    Args:
      path: The file.
      most: How many bytes it may have.
      kind: What it should be, for messages.
      source: What to call it in messages; None for its path.

    Raises:
      InputError: There is no such file, it is a folder, a pipe or a device, it cannot be opened, or
        it is larger.
    """
    name = source or os.fspath(path)
    with contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
            file = stack.enter_context(os.fdopen(descriptor, "rb"))
        except FileNotFoundError:
            raise wrong(name, kind, "no such file") from None
        except OSError as error:
            raise wrong(name, kind, error.strerror) from None
        except ValueError as error:  # A name that no file can have.
            raise wrong(name, kind, error) from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise wrong(name, kind, "something else")
        if status.st_size > most:
            raise InputError(f"{name}: expected at most {most} bytes, found more")
        yield file


def read_regular(
    path: str | os.PathLike[str],
    most: int = MOST_BYTES,
    kind: str = "a file",
    source: str | None = None,
) -> bytes:
    """The content of a regular file, as ``opened_regular`` opens it.

    Raises:
      InputError: As there, or it cannot be read.
    """
    name = source or os.fspath(path)
    with opened_regular(path, most, kind, source) as file:
        try:
            # Room for all that it may have, made for each of many small files, takes long.
            size = os.fstat(file.fileno()).st_size
            content = file.read(size + 1)
            if len(content) > size:  # It grew, or is one that the system makes up.
                content += file.read(most + 1 - len(content))
        except OSError as error:
            raise InputError(f"{name}: expected {kind}, found {error.strerror}") from None
    if len(content) > most:
        raise wrong(name, f"at most {most} bytes", "more")
    return content


def sha256_of(path: str | os.PathLike[str], most: int, kind: str) -> str:
    """The SHA-256 of a regular file's content, as ``opened_regular`` opens it.

    Raises:
      InputError: As there, or it cannot be read.
    """
    digest = hashlib.sha256()
    with opened_regular(path, most, kind) as file:
        try:
            while block := file.read(_BLOCK):
                digest.update(block)
        except OSError as error:
            raise wrong(os.fspath(path), kind, error.strerror) from None
    return digest.hexdigest()

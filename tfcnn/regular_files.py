"""Reading what somebody else may have put there: a regular file, no larger than it may be."""

from __future__ import annotations

import os
import stat

from tfcnn.errors import InputError

# A named pipe without a writer is opened at once, and then refused, instead of waited for.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: str | os.PathLike[str], most: int, kind: str = "a file") -> bytes:
    """The content of a regular file, or of one that a link leads to.

    Args:
      path: The file.
      most: How many bytes it may have.
      kind: What it should be, for the message.

    Raises:
      InputError: There is no such file, it is a folder, a pipe or a device, it cannot be read, or
        it is larger.
    """
    name = os.fspath(path)
    try:
        descriptor = os.open(name, os.O_RDONLY | _AT_ONCE)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(f"{name}: expected {kind}, found something else")
            content = file.read(most + 1)
    except FileNotFoundError:
        raise InputError(f"{name}: expected {kind}, found no such file") from None
    except OSError as error:
        raise InputError(f"{name}: expected {kind}, found {error.strerror}") from None
    if len(content) > most:
        raise InputError(f"{name}: expected at most {most} bytes, found more")
    return content

"""Reading what somebody else may have put there: a regular file, no larger than it may be."""

from __future__ import annotations

import os
import stat

from tfcnn.errors import InputError

MOST_BYTES = 64 * 2**20  # Of what a run's folder holds beside weights and checkpoints.

# A named pipe without a writer is opened at once, and then refused, instead of waited for.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(
    path: str | os.PathLike[str], most: int = MOST_BYTES, kind: str = "a file"
) -> bytes:
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
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{name}: expected {kind}, found something else")
            # Room for all that it may have, made for each of many small files, takes long.
            content = file.read(min(status.st_size, most) + 1)
            if len(content) > status.st_size:  # It grew, or is one that the system makes up.
                content += file.read(most + 1 - len(content))
    except FileNotFoundError:
        raise InputError(f"{name}: expected {kind}, found no such file") from None
    except OSError as error:
        raise InputError(f"{name}: expected {kind}, found {error.strerror}") from None
    if len(content) > most:
        raise InputError(f"{name}: expected at most {most} bytes, found more")
    return content

"""Standard streams that a program can go on writing to, whoever has closed them."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO


class LastingStream(io.TextIOWrapper):
    """Writes to a descriptor until that fails, and from then on nowhere.

    What a program computes shall not be lost because its reader left, its terminal was closed or a
    device is full.

    Attributes:
      error: How it failed, or None.
    """

    error: OSError | None = None

    def write(self, text: str) -> int:
        """Like that of every stream, but fails at nothing that is not in ``text``."""
        with self._lasting():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Like that of every stream, but never fails."""
        with self._lasting():
            super().flush()

    @contextlib.contextmanager
    def _lasting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = error
            _lead_nowhere(self.fileno())


def make_lasting() -> None:
    """Makes ``sys.stdout`` and ``sys.stderr`` lasting.

    A descriptor that is closed leads nowhere from now on, else the next file that is opened would
    take its number, and get what is meant for the stream.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            _lead_nowhere(descriptor)
    sys.stdout, sys.stderr = _lasting(sys.stdout, 1), _lasting(sys.stderr, 2)


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    """``stream`` anew; it is None if Python found the descriptor closed."""
    if stream is None:
        return LastingStream(open(descriptor, "wb", closefd=False), "utf-8", "backslashreplace")
    if not isinstance(stream, io.TextIOWrapper) or stream.fileno() != descriptor:
        return stream  # Somebody has put another one there, who wants it to be used.
    stream.flush()
    return LastingStream(
        open(descriptor, "wb", buffering=0 if stream.write_through else -1, closefd=False),
        stream.encoding,
        # A letter that the terminal has not got is written as its number.
        "backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _lead_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:
        os.set_inheritable(descriptor, True)
    else:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)

"""A gzip file unpacked as far as it is asked for (RFC 1952).

Unlike the standard library's it passes over white space behind the last member, which editors and
transfers leave there, and not only over zeros.
"""

from __future__ import annotations

import zlib
from typing import IO

MAGIC = b"\x1f\x8b"

_CHUNK = 2**18
_PADDING = b"\0 \t\r\n"


class GzipStream:
    """Reads one gzip file from its beginning to its end."""

    def __init__(self, file: IO[bytes]) -> None:
        """Takes the packed file, which stands where the gzip file begins."""
        self._file = file
        self._packed = b""
        self._member = _new_member()

    def read(self, size: int) -> bytes:
        """The next ``size`` unpacked bytes; fewer only at the end.

        Raises:
          zlib.error: The file is damaged, a checksum wrong, or something else is behind its end.
          EOFError: It ends within a member.
        """
        pieces = []
        while size and not (self._member.eof and self._at_the_end()):
            if not self._packed and not self._more():
                raise EOFError("it ends before its end mark")
            piece = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail or self._member.unused_data
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _at_the_end(self) -> bool:
        """Whether nothing follows a member; begins the next one otherwise."""
        while True:
            self._packed = self._packed.lstrip(_PADDING)
            if self._packed:
                break
            if not self._more():
                return True
        if len(self._packed) < len(MAGIC):
            self._packed += self._file.read(1)
        if not self._packed.startswith(MAGIC):
            raise zlib.error(f"{self._packed[:8]!r} behind its end")
        self._member = _new_member()
        return False

    def _more(self) -> bool:
        self._packed = self._file.read(_CHUNK)
        return bool(self._packed)


def _new_member() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)

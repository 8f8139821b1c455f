"""NumPy's archive ``.npz``, read without pickle and in bounded memory.

It is a zip archive with a member ``NAME.npy`` an array, each a short header and then the values.
"""

import contextlib
import dataclasses
import functools
import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

import numpy as np

from tfcnn.errors import one_line, wrong
from tfcnn.regular_files import opened_regular
from tfcnn.typing import Array, PathLike

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # NumPy writes no others.
_LAST_RECORD = 22  # Bytes, without the archive's comment.
# What zipfile and NumPy's reader of headers raise at damaged files.
_ERRORS = (
    zipfile.BadZipFile, zlib.error, tokenize.TokenError, EOFError, LookupError, OSError,
    ValueError, TypeError, SyntaxError, OverflowError, RuntimeError, MemoryError,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class StoredArray:
    """What an archive says of an array, before it is read.

    Attributes:
      source: The file and the array's name, for messages.
      shape: Its shape.
      dtype: Its type; never one of Python objects.
      read: Reads it while the archive is open; raises InputError if it is damaged.
    """

    source: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], Array]


@contextlib.contextmanager
def opened(
    path: PathLike, source: str, most_bytes: int = 2**30
) -> Iterator[dict[str, StoredArray]]:
    """The arrays of an archive by name; they can be read until the context ends.

    Args:
      path: The archive.
      source: What to call it in messages.
      most_bytes: Of the file, and of all that it unpacks to.

    Raises:
      InputError: The file is missing or too large, no archive of arrays, or damaged.
    """
    with opened_regular(path, most_bytes, "an npz file", source) as file:
        try:
            archive = zipfile.ZipFile(file)
            if sum(member.file_size for member in archive.infolist()) > most_bytes:
                raise ValueError(f"more than {most_bytes} bytes when unpacked")
            if (told := _told_members(file, archive)) != len(archive.infolist()):
                raise ValueError(f"{len(archive.infolist())} of {told} arrays")
            arrays = [_stored(archive, member, source) for member in archive.infolist()]
        except _ERRORS as error:
            raise wrong(source, "an npz file", one_line(error)[:200]) from None
        yield dict(arrays)


def _told_members(file: BinaryIO, archive: zipfile.ZipFile) -> int:
    """The number of members in an archive's last record, at which zipfile does not look.

    A wrong length in an entry of the directory may pass over those after it.
    """
    file.seek(-_LAST_RECORD - len(archive.comment), os.SEEK_END)
    return int.from_bytes(file.read(_LAST_RECORD)[10:12], "little")


def _stored(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str
) -> tuple[str, StoredArray]:
    """Reads one member's header."""
    name = member.filename.removesuffix(".npy")
    if member.compress_type not in _METHODS:
        raise ValueError(f"the compression method {member.compress_type}")
    with archive.open(member) as stream:
        shape, _, dtype = _read_header(stream)
        if dtype.hasobject:
            raise ValueError(f"{name[:60]!r} of Python objects, which would run code")
        size = member.file_size - stream.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"{name[:60]!r} with a header that does not fit its {size} bytes")
    described = f"{source}: {name[:60]!r}"
    read = functools.partial(_read, archive, member, described)
    return name, StoredArray(described, shape, dtype, read)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, described: str) -> Array:
    """Reads one member to its end, where zipfile compares its CRC-32."""
    try:
        with archive.open(member) as stream:
            shape, fortran_order, dtype = _read_header(stream)
            # With a size, so that an archive that lies about itself is not unpacked further.
            data = stream.read(member.file_size)
        values = np.frombuffer(data, dtype)
        return values.reshape(shape, order="F" if fortran_order else "C")
    except _ERRORS as error:
        raise wrong(described, "an array", one_line(error)[:200]) from None


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"the version {version} of NumPy's format")

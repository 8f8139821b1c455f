"""Getting a known data set: from the cache, or else from the first source that has it right."""

from __future__ import annotations

import logging
import os
import pathlib
from collections.abc import Mapping, Sequence

from tfcnn.data import checksums, folder, idx
from tfcnn.data.assemble import assemble
from tfcnn.data.dataset import Dataset
from tfcnn.data.sources.source import Source, UnavailableError
from tfcnn.errors import InputError, one_line

_log = logging.getLogger(__name__)


def default_cache() -> pathlib.Path:
    """Gives `$TFCNN_CACHE`, or `tfcnn` in the user's cache folder (XDG base directories)."""
    if chosen := os.environ.get("TFCNN_CACHE"):
        return pathlib.Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "tfcnn"


def acquire(name: str, cache: pathlib.Path, sources: Sequence[Source]) -> Dataset:
    """Takes the data set from the cache or else from the first source that has it.

    Whatever gave them, the bytes are used and cached only if they are the published ones. The
    cache holds the IDX files uncompressed, which is what makes a second start fast.

    Args:
      name: `mnist` or `fashion_mnist`.
      cache: The folder of this data set in the cache.
      sources: Whom to ask after the cache, in this order.

    Returns:
      The verified data set.

    Raises:
      InputError: Nobody has it; the message tells of each source why not.
    """
    reasons = []
    for source in (Source("cache", lambda: _cached(cache)), *sources):
        try:
            payloads = source.fetch()
            found = checksums.verify(name, payloads, source.name)
        except UnavailableError as error:
            reasons.append(f"{source.name}: {one_line(error)}")
            continue
        except (InputError, OSError) as error:
            reasons.append(f"{source.name}: {one_line(error)}")
            _log.warning("%s not taken from %s", name, reasons[-1])
            continue
        if source.name != "cache":
            _keep(cache, payloads)
        return assemble(name, payloads, found, cache, checksums.CLASS_NAMES[name])
    raise InputError(f"{name}: no source has it ({'; '.join(reasons)})")


def _cached(cache: pathlib.Path) -> dict[str, bytes]:
    if not os.path.lexists(cache):
        raise UnavailableError(f"{cache} does not exist")
    return folder.read(cache)


def _keep(cache: pathlib.Path, payloads: Mapping[str, bytes]) -> None:
    """Writes verified payloads to the cache; a cache that cannot be written is no obstacle."""
    try:
        for part, payload in payloads.items():
            idx.write_payload(cache / part, payload)
    except OSError as error:
        _log.warning("%s: not cached, %s", cache, error.strerror)

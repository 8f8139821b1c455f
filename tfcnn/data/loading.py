"""Loading a data set by name, from wherever this machine can reach it."""

import difflib
import pathlib

from tfcnn.arguments import checked
from tfcnn.data import acquire, catalog, emnist, fitting
from tfcnn.data.dataset import Dataset
from tfcnn.data.location import expanded
from tfcnn.data.sources import tfds, tfds_arrays
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError, told
from tfcnn.typing import PathLike


@checked
def load(
    name: str,
    *,
    cache_dir: PathLike | None = None,
    tfds_dir: PathLike | None = None,
    progress: bool = True,
) -> Dataset:
    """Loads a data set of images for classification.

    >>> import pathlib
    >>> import numpy as np
    >>> import tensorflow as tf
    >>> for number, name in enumerate(["dark", "dark", "light", "light"]):
    ...     path = pathlib.Path(f"pictures/{name}/{number}.png")
    ...     path.parent.mkdir(parents=True, exist_ok=True)
    ...     image = np.full((8, 8, 1), 80 * number, np.uint8)
    ...     _ = path.write_bytes(tf.io.encode_png(image).numpy())
    >>> pictures = tfcnn.data.load("folder:pictures")
    >>> pictures.class_names, pictures.train.images.shape, pictures.test.labels
    (('dark', 'light'), (2, 8, 8, 1), array([0, 1], dtype=int32))

    Args:
      name: ``mnist`` or ``fashion_mnist``; ``idx:FOLDER`` for a folder of four IDX files, plain or
        gzip; ``folder:FOLDER`` for a folder of picture files, one sub-folder a class;
        ``npz:FILE`` for arrays of images and labels; ``csv:FILE`` for a label and its pixels in a
        row (docs/data.md has all of them); or another image-classification name of
        tensorflow-datasets, such as ``cifar10``.
      cache_dir: Where verified files of the first two are kept; by default ``$TFCNN_CACHE``, or
        ``tfcnn`` in the user's cache folder.
      tfds_dir: The ``data_dir`` of tensorflow-datasets; by default its own.
      progress: Whether to show a progress bar on what takes longer than two seconds.

    Raises:
      InputError: The name is unknown, a file is damaged, or no source has the data; the message
        then tells of each source why not.
    """
    tfds_folder = pathlib.Path(tfds_dir) if tfds_dir else None
    try:
        for prefix, kind in catalog.OWN_FORMATS.items():
            if name.startswith(prefix):
                return _load_own(name, prefix, kind, progress)
        if name in catalog.PUBLISHED:
            cache = pathlib.Path(cache_dir) if cache_dir else acquire.default_cache()
            sources = acquire.sources_of(name, tfds_folder, progress=progress)
            names = catalog.PUBLISHED[name].class_names
            return acquire.acquire(name, cache / name, sources, names)
        return _from_tfds(name, tfds_folder, progress)
    except InputError as error:
        raise InputError(f"dataset: {error}") from error


def _load_own(name: str, prefix: str, kind: catalog.OwnFormat, progress: bool) -> Dataset:
    path = expanded(name.removeprefix(prefix))
    try:
        return kind.load(name, path, progress=progress)
    except InputError as error:
        raise InputError(f"{error}{fitting.hint(path, prefix)}") from error


def _from_tfds(name: str, tfds_dir: pathlib.Path | None, progress: bool) -> Dataset:
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
    data = tfds_arrays.read(name, builder, progress=progress)
    if emnist.is_emnist(tfds.base_name(name)):
        return emnist.only_classes_that_occur(emnist.upright(data))
    return data


def _check_known(name: str) -> None:
    """Refuses a name that tensorflow-datasets does not know, and says what may be meant."""
    known = tfds.import_tfds().list_builders(with_community_datasets=False)
    if tfds.base_name(name) not in known:
        path = expanded(name)
        if name and (fits := fitting.prefixes(path)):
            raise InputError(f"{name}: expected a prefix: {fits[0]}{name} fits what lies there")
        near = difflib.get_close_matches(name.lower(), known)
        hint = f" (did you mean {' or '.join(near)}?)" if near else fitting.hint(path)
        raise InputError(
            f"expected {catalog.choices()} or another image-classification name of "
            f"tensorflow-datasets, found {told(name)}{hint}"
        )

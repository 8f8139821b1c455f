"""HDF5 of strangers: what lies plainly in the file itself, and nothing else.

Refused are links to other places, values that lie in other files or are put together from them, and
values behind a filter, which may unpack to more than they are said to be. Of a dataset nothing is
read until its shape is known to be the one that is needed.
"""

import functools
import io
import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import h5py
import numpy as np

from tfcnn.errors import one_line, wrong
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.typing import Array

Group: TypeAlias = h5py.Group
# What h5py raises at damaged files.
ERRORS = (OSError, LookupError, ValueError, TypeError, RuntimeError, MemoryError)

_MOST_OBJECTS = 10_000
_MOST_DEPTH = 16
_MOST_NAMES = 1000


def opened(content: bytes) -> Group:
    """The root of a file; ``ERRORS`` are raised if it is none."""
    return h5py.File(io.BytesIO(content), "r")


def member(group: Group, path: str) -> Group | h5py.Dataset:
    """What stands at a path below a group.

    Raises:
      ValueError: Nothing does, or a link leads away.
    """
    found = group
    for name in filter(None, path.split("/")):
        link = found.get(name, getlink=True) if isinstance(found, h5py.Group) else None
        if link is None:
            raise ValueError(f"nothing at {path[:60]!r}")
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"a link to another place at {path[:60]!r}")
        found = found[name]
    return found


def tensors_below(group: Group, source: str, leave_out: str) -> Iterator[tuple[str, StoredTensor]]:
    """Every dataset below a group by its path, without what is below ``leave_out``.

    Raises:
      ValueError: A link leads away, or the groups are too many or too deep.
    """
    waiting, seen = [name for name in group if name != leave_out][::-1], 0
    while waiting:
        path, seen = waiting.pop(), seen + 1
        if seen > _MOST_OBJECTS or path.count("/") > _MOST_DEPTH:
            raise ValueError(f"more than {_MOST_OBJECTS} groups, or {_MOST_DEPTH} in one another")
        found = member(group, path)
        if isinstance(found, h5py.Group):
            waiting += [f"{path}/{name}" for name in found][::-1]
        else:
            yield path, tensor(found, f"{source}: {path[:60]!r}")


def tensor(dataset: Any, described: str) -> StoredTensor:
    """A dataset, not read yet.

    Raises:
      ValueError: It is none, or its values do not lie in the file as they are.
    """
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise ValueError(f"no values at {described[-60:]}")
    created = dataset.id.get_create_plist()
    plain = created.get_layout() in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT)
    if not plain or created.get_external_count() or created.get_nfilters():
        raise ValueError(f"values that do not lie in the file as they are: {described[-60:]}")
    read = functools.partial(_read, dataset, described)
    return StoredTensor(described, tuple(dataset.shape), dataset.dtype.name, read)


def _read(dataset: h5py.Dataset, described: str) -> Array:
    size = math.prod(dataset.shape) * dataset.dtype.itemsize
    try:
        if dataset.id.get_storage_size() != size:
            raise ValueError("none of its values")
        return dataset[()]
    except ERRORS as error:
        raise wrong(described, "an array", one_line(error)[:200]) from None


def texts(group: Group, attribute: str) -> list[str]:
    """An attribute that lists names; a long one is in pieces ``NAME0``, ``NAME1``, ...

    Raises:
      ValueError: It is not there, or is something else.
    """
    if attribute in group.attrs:
        return _texts(group, attribute)
    found: list[str] = []
    piece = 0
    while f"{attribute}{piece}" in group.attrs:
        found += _texts(group, f"{attribute}{piece}")
        if len(found) > _MOST_NAMES:
            raise ValueError(f"more than {_MOST_NAMES} {attribute}")
        piece += 1
    if not piece:
        raise ValueError(f"no {attribute}")
    return found


def text(group: Group, attribute: str) -> str | None:
    """An attribute that is one text; None if it is not there or is something else."""
    if attribute not in group.attrs or group.attrs.get_id(attribute).shape != ():
        return None
    value = group.attrs[attribute]
    value = value.decode(errors="replace") if isinstance(value, bytes) else value
    return value if isinstance(value, str) else None


def _texts(group: Group, attribute: str) -> list[str]:
    described = group.attrs.get_id(attribute)
    if len(described.shape) != 1 or described.shape[0] > _MOST_NAMES:
        raise ValueError(f"{attribute} that is no list of at most {_MOST_NAMES}")
    if described.shape[0] == 0:  # Which h5py writes as one of floats.
        return []
    if h5py.check_string_dtype(described.dtype) is None:
        raise ValueError(f"{attribute} that holds no texts")
    values = np.asarray(group.attrs[attribute]).tolist()
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]

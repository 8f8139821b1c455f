"""NumPy's archive ``.npz``, an array a tensor."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcnn import npz_files
from tfcnn.atomic_files import replacing
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.typing import PathLike

if TYPE_CHECKING:
    from tfcnn.model.network import Network


def write_network(network: Network, path: pathlib.Path) -> None:
    """Writes an array a tensor, and ``architecture`` (a text) and ``input_shape`` beside them."""
    arrays: dict[str, Any] = dict(network.tensors())
    arrays["architecture"] = np.array(str(network.architecture))
    arrays["input_shape"] = np.array(network.input_shape)
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


@contextlib.contextmanager
def opened(path: PathLike, source: str) -> Iterator[dict[str, StoredTensor]]:
    """The arrays of an archive by name, as ``npz_files.opened`` gives them, with its errors."""
    with npz_files.opened(path, source) as arrays:
        yield {
            name: StoredTensor(array.source, array.shape, array.dtype.name, array.read)
            for name, array in arrays.items()
        }

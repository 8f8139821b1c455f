"""NumPy's archive ``.npz``, an array a tensor."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn import npz_files
from tfcnn.atomic_files import replacing
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.model.layers import Shape


def write_network(
    path: str | os.PathLike[str],
    tensors: Mapping[str, npt.NDArray[np.float32]],
    architecture: str,
    input_shape: Shape,
) -> None:
    """Writes an array a tensor, and ``architecture`` (a text) and ``input_shape`` beside them."""
    arrays: dict[str, Any] = {
        **tensors,
        "architecture": np.array(architecture),
        "input_shape": np.array(input_shape),
    }
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


@contextlib.contextmanager
def opened(path: str | os.PathLike[str], source: str) -> Iterator[dict[str, StoredTensor]]:
    """The arrays of an archive by name, as ``npz_files.opened`` gives them, with its errors."""
    with npz_files.opened(path, source) as arrays:
        yield {
            name: StoredTensor(array.source, array.shape, array.dtype.name, array.read)
            for name, array in arrays.items()
        }

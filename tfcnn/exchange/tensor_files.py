"""Files of weights that other programs wrote: safetensors and npz, neither of which runs code."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
from collections.abc import Iterator

import safetensors

from tfcnn.errors import InputError, one_line
from tfcnn.exchange import npz
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.model.weights_file import MOST_BYTES, check_sha256
from tfcnn.regular_files import opened_regular


@contextlib.contextmanager
def opened(path: str | os.PathLike[str], source: str) -> Iterator[dict[str, StoredTensor]]:
    """The tensors of a file by name; they can be read until the context ends.

    Args:
      path: A file ``*.safetensors`` or ``*.npz``.
      source: What to call it in messages.

    Raises:
      InputError: The file is of another kind, missing or damaged.
    """
    suffix = pathlib.Path(path).suffix
    if suffix not in (".safetensors", ".npz"):
        raise InputError(f"{source}: expected a file .safetensors or .npz, found {suffix!r}")
    with (npz.opened if suffix == ".npz" else _opened_safetensors)(path, source) as tensors:
        yield tensors


@contextlib.contextmanager
def _opened_safetensors(
    path: str | os.PathLike[str], source: str
) -> Iterator[dict[str, StoredTensor]]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(opened_regular(path, MOST_BYTES, "a safetensors file", source))
        try:
            file = stack.enter_context(safetensors.safe_open(path, framework="numpy"))
            tensors = {}
            for name in file.keys():  # noqa: SIM118 - it is no mapping.
                view, described = file.get_slice(name), f"{source}: {name[:60]!r}"
                read = functools.partial(file.get_tensor, name)
                shape = tuple(view.get_shape())
                tensors[name] = StoredTensor(described, shape, view.get_dtype(), read)
        except (safetensors.SafetensorError, OSError) as error:
            reason = one_line(error)[:200]
            raise InputError(f"{source}: expected a safetensors file, found {reason}") from None
        metadata = file.metadata() or {}
        if "sha256" in metadata and all(tensor.dtype == "F32" for tensor in tensors.values()):
            found = {name: tensor.read() for name, tensor in tensors.items()}
            check_sha256(found, metadata, source)
        yield tensors

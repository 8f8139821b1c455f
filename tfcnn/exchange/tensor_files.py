"""Files of weights that other programs wrote; no code that one may hold is run."""

import contextlib
import dataclasses
import functools
import math
import os
from collections.abc import Callable, Iterator, Mapping

import safetensors

from tfcnn.errors import one_line, wrong
from tfcnn.exchange import apart, npz, torch_file
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile
from tfcnn.model.weights_file import MOST_BYTES, check_sha256
from tfcnn.regular_files import opened_regular, read_regular
from tfcnn.typing import PathLike

_READ_WHOLE: Mapping[str, Callable[[bytes, str, int], TensorFile]] = {
    ".pth": torch_file.read,
    ".pt": torch_file.read,
    ".h5": functools.partial(apart.read, ".h5"),
    ".keras": functools.partial(apart.read, ".keras"),
}
SUFFIXES = (".safetensors", ".npz", *_READ_WHOLE)


@contextlib.contextmanager
def opened(path: PathLike, source: str, most_bytes: int) -> Iterator[TensorFile]:
    """The tensors of a file by name; they can be read until the context ends.

    Args:
      path: A file with one of ``SUFFIXES``.
      source: What to call it in messages.
      most_bytes: Of a file that has to be read whole, and of what it unpacks to.

    Raises:
      InputError: The file is of another kind, missing, damaged or too large.
    """
    suffix = os.path.splitext(path)[1]  # noqa: PTH122 - as the text is, not as a path.
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES[:-1])
        found = "a folder" if os.path.isdir(path) else repr(suffix)  # noqa: PTH112
        raise wrong(source, f"a file {known} or {SUFFIXES[-1]}", found)
    if suffix in _READ_WHOLE:
        content = read_regular(path, most_bytes, source=source)
        yield _READ_WHOLE[suffix](content, source, most_bytes)
        return
    of_safetensors = functools.partial(_opened_safetensors, most_bytes=most_bytes)
    with (npz.opened if suffix == ".npz" else of_safetensors)(path, source) as tensors:
        yield TensorFile(tensors)


@contextlib.contextmanager
def _opened_safetensors(
    path: PathLike, source: str, most_bytes: int
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
            raise wrong(source, "a safetensors file", one_line(error)[:200]) from None
        metadata = file.metadata() or {}
        if "sha256" in metadata and all(tensor.dtype == "F32" for tensor in tensors.values()):
            if 4 * sum(math.prod(tensor.shape) for tensor in tensors.values()) > most_bytes:
                raise wrong(source, f"at most {most_bytes} bytes", "more")
            found = {name: tensor.read() for name, tensor in tensors.items()}
            check_sha256(found, metadata, source)
            tensors = {  # What was looked at is what is taken.
                name: dataclasses.replace(tensor, read=functools.partial(found.__getitem__, name))
                for name, tensor in tensors.items()
            }
        yield tensors

"""Weights as a safetensors file, with the architecture in the file's metadata.

The format holds raw bytes and a JSON header, so reading a stranger's file runs no code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from tfcnn.atomic_files import replacing
from tfcnn.errors import InputError, one_line
from tfcnn.model.finite import check_network_values
from tfcnn.model.layers import Shape


@dataclasses.dataclass(frozen=True)
class StoredNetwork:
    """What a weights file holds."""

    tensors: Mapping[str, npt.NDArray[np.float32]]
    architecture: str
    input_shape: Shape


def write(
    path: str | os.PathLike[str],
    tensors: Mapping[str, npt.NDArray[np.float32]],
    architecture: str,
    input_shape: Shape,
) -> None:
    """Writes the file, whole or not at all. Equal networks give equal bytes.

    Args:
      path: The file, by custom ``*.safetensors``.
      tensors: Path -> float32 array.
      architecture: The architecture's text.
      input_shape: ``(height, width, channels)``.
    """
    metadata = {"architecture": architecture, "input_shape": json.dumps(list(input_shape))}
    metadata["sha256"] = _sha256(tensors, metadata)
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    with replacing(path) as partial:
        partial.write_bytes(_with_sorted_header(safetensors.numpy.save(contiguous, metadata)))


def read(path: str | os.PathLike[str]) -> StoredNetwork:
    """Reads a file that ``write`` wrote.

    Raises:
      InputError: The file is missing or damaged, holds another type than float32, or lacks the
        metadata. A file of another program may lack the checksum, ``sha256``.
    """
    if not pathlib.Path(path).is_file():
        raise InputError(f"{os.fspath(path)}: expected a weights file, found none")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = file.keys()
            for name in names:
                # NumPy lacks some of the format's types, so ask before reading.
                if (dtype := file.get_slice(name).get_dtype()) != "F32":
                    raise InputError(
                        f"{os.fspath(path)}: {name[:60]!r}: expected F32, found {dtype}"
                    )
            tensors = {name: file.get_tensor(name) for name in names}
    except (safetensors.SafetensorError, OSError) as error:
        raise InputError(
            f"{os.fspath(path)}: expected a safetensors file, found {one_line(error)}"
        ) from None
    for key in ("architecture", "input_shape"):
        if key not in metadata:
            raise InputError(f"{os.fspath(path)}: expected {key} in the metadata, found none")
    if "sha256" in metadata and metadata["sha256"] != (found := _sha256(tensors, metadata)):
        raise InputError(
            f"{os.fspath(path)}: expected SHA-256 {metadata['sha256'][:64]!r} of its content, "
            f"found {found}"
        )
    return StoredNetwork(tensors, metadata["architecture"], _shape(path, metadata["input_shape"]))


def check_tensors(
    shapes: Mapping[str, Shape], tensors: Mapping[str, npt.NDArray[Any]], source: str
) -> None:
    """Refuses tensors that are not exactly those of a network.

    Args:
      shapes: What ``Architecture.tensor_shapes`` gives.
      tensors: Path -> array.
      source: Where they come from, for the message.

    Raises:
      InputError: A path is missing or unknown, or a shape differs, or a type is not float32, or a
        value is none to compute with: ``finite.check_network_values``.
    """
    for path in sorted(shapes.keys() - tensors.keys()):
        raise InputError(f"{source}: {path}: expected float32 {shapes[path]}, found no such tensor")
    for path, tensor in tensors.items():
        if path not in shapes:
            raise InputError(f"{source}: expected no tensor {path[:60]!r}, found one")
        if tensor.shape != shapes[path] or tensor.dtype != np.float32:
            raise InputError(
                f"{source}: {path}: expected float32 {shapes[path]}, "
                f"found {tensor.dtype} {tensor.shape}"
            )
    check_network_values(tensors, source)


def _sha256(tensors: Mapping[str, npt.NDArray[np.float32]], metadata: Mapping[str, str]) -> str:
    """Of everything that makes the network; the format itself has no checksum."""
    digest = hashlib.sha256(f"{metadata['architecture']}\n{metadata['input_shape']}\n".encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape}\n".encode())
        digest.update(tensors[name].astype("<f4").tobytes())
    return digest.hexdigest()


def _with_sorted_header(data: bytes) -> bytes:
    """The same file with its header's keys in order; safetensors 0.8 leaves that to chance."""
    start, end = 8, 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[start:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return data[:start] + text.encode().ljust(end - start) + data[end:]


def _shape(path: str | os.PathLike[str], text: str) -> Shape:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != 3
        or not all(type(value) is int and 1 <= value <= 100_000 for value in values)
    ):
        raise InputError(
            f"{os.fspath(path)}: input_shape: expected [height, width, channels], "
            f"found {text[:60]!r}"
        )
    return tuple(values)

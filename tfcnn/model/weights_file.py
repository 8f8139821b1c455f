"""Weights as a safetensors file, with the architecture in the file's metadata.

The format holds raw bytes and a JSON header, so reading a stranger's file runs no code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from tfcnn.atomic_files import replacing
from tfcnn.errors import InputError, one_line, told
from tfcnn.model.architecture import Architecture, parse
from tfcnn.model.finite import check_network_values
from tfcnn.model.layers import Shape
from tfcnn.regular_files import opened_regular

MOST_BYTES = 2**33


@dataclasses.dataclass(frozen=True)
class StoredNetwork:
    """What a weights file holds."""

    tensors: Mapping[str, npt.NDArray[np.float32]]
    architecture: Architecture
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
      InputError: The file is missing, damaged or no regular one, its tensors are not those of the
        architecture that it names, or it lacks the metadata. A file of another program may lack
        the checksum, ``sha256``.
    """
    source = os.fspath(path)
    with opened_regular(path, MOST_BYTES, "a weights file"):
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                return _read(file, source)
        except (safetensors.SafetensorError, OSError) as error:
            raise InputError(
                f"{source}: expected a safetensors file, found {one_line(error)}"
            ) from None


def _read(file: Any, source: str) -> StoredNetwork:
    """Reads the header, and the tensors if they are those of its architecture."""
    metadata, names = file.metadata() or {}, file.keys()
    shapes = {}
    for name in names:
        # NumPy lacks some of the format's types, so ask before reading.
        view = file.get_slice(name)
        if (dtype := view.get_dtype()) != "F32":
            raise InputError(f"{source}: {name[:60]!r}: expected F32, found {dtype}")
        shapes[name] = "float32", tuple(view.get_shape())
    for key in ("architecture", "input_shape"):
        if key not in metadata:
            raise InputError(f"{source}: expected {key} in the metadata, found none")
    input_shape = _shape(source, metadata["input_shape"])
    try:
        architecture = parse(metadata["architecture"])
        expected = architecture.tensor_shapes(input_shape)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    # A hostile file may declare tensors, or a network, of any size.
    _check(expected, shapes, source)
    tensors = {name: file.get_tensor(name) for name in names}
    check_sha256(tensors, metadata, source)
    check_network_values(tensors, source)
    return StoredNetwork(tensors, architecture, input_shape)


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
    for path, tensor in tensors.items():
        if not hasattr(tensor, "dtype"):
            raise InputError(f"{source}: {path!s:.60}: expected an array, found {told(tensor)}")
    found = {path: (str(tensor.dtype), tensor.shape) for path, tensor in tensors.items()}
    _check(shapes, found, source)
    check_network_values(tensors, source)


def _check(
    shapes: Mapping[str, Shape], found: Mapping[str, tuple[str, Shape]], source: str
) -> None:
    """As ``check_tensors``, of types and shapes."""
    for path in sorted(shapes.keys() - found.keys()):
        raise InputError(f"{source}: {path}: expected float32 {shapes[path]}, found no such tensor")
    for path, (dtype, shape) in found.items():
        if path not in shapes:
            raise InputError(f"{source}: expected no tensor {path[:60]!r}, found one")
        if (dtype, shape) != ("float32", shapes[path]):
            raise InputError(
                f"{source}: {path}: expected float32 {shapes[path]}, found {dtype} {shape}"
            )


def check_sha256(
    tensors: Mapping[str, npt.NDArray[np.float32]], metadata: Mapping[str, str], source: str
) -> None:
    """Refuses tensors that have changed since ``write`` took their checksum.

    Args:
      tensors: All tensors of a file.
      metadata: The file's. Those of a file that ``write`` did not write may lack the checksum.
      source: What to call the file in the message.

    Raises:
      InputError: They have changed.
    """
    told = metadata.get("sha256")
    if not {"architecture", "input_shape"} <= metadata.keys() or told is None:
        return
    if told != (found := _sha256(tensors, metadata)):
        raise InputError(f"{source}: expected SHA-256 {told[:64]!r} of its content, found {found}")


def sha256_of_tensors(tensors: Mapping[str, npt.NDArray[np.float32]], heading: str = "") -> str:
    """Of a text and every tensor's path, shape and float32 values, in the order of the paths."""
    digest = hashlib.sha256(heading.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape}\n".encode())
        digest.update(tensors[name].astype("<f4").tobytes())
    return digest.hexdigest()


def _sha256(tensors: Mapping[str, npt.NDArray[np.float32]], metadata: Mapping[str, str]) -> str:
    """Of everything that makes the network; the format itself has no checksum."""
    heading = f"{metadata['architecture']}\n{metadata['input_shape']}\n"
    return sha256_of_tensors(tensors, heading)


def _with_sorted_header(data: bytes) -> bytes:
    """The same file with its header's keys in order; safetensors 0.8 leaves that to chance."""
    start, end = 8, 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[start:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return data[:start] + text.encode().ljust(end - start) + data[end:]


def _shape(source: str, text: str) -> Shape:
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
            f"{source}: input_shape: expected [height, width, channels], found {text[:60]!r}"
        )
    return tuple(values)

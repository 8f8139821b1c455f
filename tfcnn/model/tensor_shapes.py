"""Which tensors a network consists of, before any of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError
from tfcnn.model.architecture import Architecture
from tfcnn.model.layers import Shape


def tensor_shapes(architecture: Architecture, input_shape: Shape) -> dict[str, Shape]:
    """Path -> shape of every weight and state variable of a network.

    Raises:
      InputError: A layer does not fit its input.
    """
    shapes: dict[str, Shape] = dict.fromkeys(("input/mean", "input/deviation"), input_shape[2:])
    for placed in architecture.place(input_shape):
        shapes |= placed.weight_shapes() | placed.state_shapes()
    return shapes


def check_tensors(
    shapes: Mapping[str, Shape], tensors: Mapping[str, npt.NDArray[Any]], source: str
) -> None:
    """Refuses tensors that are not exactly those of a network.

    Args:
      shapes: What ``tensor_shapes`` gives.
      tensors: Path -> array.
      source: Where they come from, for the message.

    Raises:
      InputError: A path is missing or unknown, or a shape differs, or a type is not float32.
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

"""Grey levels of files as the numbers that networks read."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError


def as_floats(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """uint8 levels 0 to 255 of any shape as float32 in [0, 1]."""
    return np.divide(images, np.float32(255), dtype=np.float32)


def check_floats(
    name: str, dtype: str, shape: Sequence[int | None], expected: Sequence[int | None]
) -> None:
    """Refuses an array or tensor that is no floats of a shape.

    Args:
      name: What it is called, with which the message starts.
      dtype: The name of its type, such as ``float32``.
      shape: Its shape; None is a size that is not known yet.
      expected: The shape that it has to have; None, any number of images.

    Raises:
      InputError: It has another type or shape.
    """
    if not dtype.startswith(("float", "bfloat")):
        hint = ": divide by 255" if "int" in dtype else ""
        raise InputError(f"{name}: expected floats in [0, 1], found {dtype}{hint}")
    if len(shape) != len(expected) or any(
        None not in sizes and sizes[0] != sizes[1] for sizes in zip(shape, expected, strict=True)
    ):
        sizes = ", ".join("batch" if size is None else str(size) for size in expected)
        raise InputError(f"{name}: expected shape [{sizes}], found {list(shape)}")

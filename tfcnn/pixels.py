"""Grey levels of files as the numbers that networks read, and what is taken for an image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError, told, wrong


def as_floats(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Images of any shape as float32 in [0, 1]: uint8 levels are divided by 255, floats stay."""
    if images.dtype != np.uint8:
        return images.astype(np.float32, copy=False)
    return np.divide(images, np.float32(255), dtype=np.float32)


def as_images(name: str, value: Any) -> npt.NDArray[Any]:
    """What a person has as images: uint8 levels as they are, or floats in [0, 1] as float32.

    Args:
      name: The argument's name, with which the message starts.
      value: An array, a tensor or lists, [count > 0, height, width, channels].

    Raises:
      InputError: It is something else.
    """
    return _levels(name, value, 4)


def as_image(name: str, value: Any) -> npt.NDArray[np.float32]:
    """The same of one image [height, width, channels], as float32 in [0, 1]."""
    return as_floats(_levels(name, value, 3))


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
    check_shape(name, shape, expected)


def check_shape(name: str, shape: Sequence[int | None], expected: Sequence[int | None]) -> None:
    """Refuses another shape than the expected one, with arguments as for ``check_floats``.

    Raises:
      InputError: ``images: expected shape [batch, 28, 28, 1], found [1, 32, 32, 3]``.
    """
    if len(shape) != len(expected) or any(
        None not in sizes and sizes[0] != sizes[1] for sizes in zip(shape, expected, strict=True)
    ):
        sizes = ", ".join("batch" if size is None else str(size) for size in expected)
        raise InputError(f"{name}: expected shape [{sizes}], found {list(shape)}")


def check_range(name: str, floats: npt.NDArray[Any]) -> None:
    """Refuses floats beyond [0, 1], and what is not a number.

    Raises:
      InputError: As said.
    """
    low, high = (float(floats.min()), float(floats.max())) if floats.size else (0.0, 0.0)
    if not (low >= 0 and high <= 1):  # So written, NaN is refused too.
        raise wrong(name, "floats in [0, 1]", f"{low:g} to {high:g}")


def _levels(name: str, value: Any, axes: int) -> npt.NDArray[Any]:
    sizes = ", ".join(("count", "height", "width", "channels")[-axes:])
    expected = f"uint8 or floats in [0, 1], [{sizes}]"
    try:
        levels = np.asarray(value)
    except Exception:  # Each kind of thing that is no array has an error of its own.
        raise wrong(name, expected, told(value)) from None
    is_float = levels.dtype.kind == "f" or levels.dtype.name == "bfloat16"
    if not (is_float or levels.dtype == np.uint8):
        raise wrong(name, expected, told(value if levels.dtype.kind in "OUS" else levels))
    if levels.ndim != axes or 0 in levels.shape[1:]:
        raise wrong(name, expected, f"{levels.dtype} {list(levels.shape)}")
    if not len(levels):
        raise wrong(name, "at least one", "none")
    if is_float:
        check_range(name, levels)
        levels = levels.astype(np.float32, copy=False)
    return levels

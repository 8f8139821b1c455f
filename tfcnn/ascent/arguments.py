"""What callers give, brought to one form or refused in one line."""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tfcnn.errors import one_line, wrong
from tfcnn.pixels import as_floats
from tfcnn.typing import Array, Float32

if TYPE_CHECKING:
    from tfcnn.model import Subject

_LARGEST = float(np.finfo(np.float32).max)


def whole(name: str, value: object, at_least: int | None = 0) -> int:
    """A whole number, NumPy's too, as Python's.

    Raises:
      InputError: It is none, or below ``at_least``.
    """
    expected = "a whole number" if at_least is None else f"a whole number from {at_least}"
    if isinstance(value, bool | np.bool_):
        raise wrong(name, expected, value)
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise wrong(name, expected, shortened(value)) from None
    if at_least is not None and number < at_least:
        raise wrong(name, expected, number)
    return number


def wholes(name: str, values: object, at_least: int | None = 0) -> list[int]:
    """One whole number or several, as a list.

    Raises:
      InputError: They are none, one is below ``at_least``, or there are none.
    """
    one = not isinstance(values, Iterable) or isinstance(values, str | bytes | Mapping)
    if one or (isinstance(values, np.ndarray) and values.ndim == 0):
        numbers = [whole(name, values, at_least)]
    else:
        numbers = [whole(name, value, at_least) for value in cast("Iterable[object]", values)]
    if not numbers:
        raise wrong(name, "at least one", "none")
    return numbers


def real(name: str, value: object) -> float:
    """A number that float32 can hold, NumPy's too, as Python's.

    Raises:
      InputError: It is no number, not finite, or too large.
    """
    expected = "a finite number"
    if isinstance(value, bool | np.bool_ | str | bytes) or np.ndim(value) > 0:  # type: ignore[arg-type]
        raise wrong(name, expected, shortened(value))
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise wrong(name, expected, shortened(value)) from None
    if not (math.isfinite(number) and abs(number) <= _LARGEST):
        raise wrong(name, expected, number)
    return number


def array(name: str, value: Any, ndim: int, expected: str) -> Array:
    """An array of numbers with so many axes, of which none is empty.

    Raises:
      InputError: It is none; ``expected`` says what was.
    """
    try:
        found = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise wrong(name, expected, one_line(error)) from None
    if found.ndim == ndim and not len(found):
        raise wrong(name, "at least one", "none")
    if found.dtype.kind not in "fiu" or found.ndim != ndim or not found.size:
        raise wrong(name, expected, f"{found.dtype} {found.shape}")
    return found


def flag(name: str, value: object) -> bool:
    """True or False, NumPy's too.

    Raises:
      InputError: It is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise wrong(name, "True or False", shortened(value))
    return bool(value)


def float_images(name: str, images: Any, shape: tuple[int | None, ...]) -> Float32:
    """Images as float32 in [0, 1], from uint8 levels or floats in [0, 1].

    Args:
      name: The argument's name.
      images: What was given.
      shape: That of one image; None stands for any length.

    Raises:
      InputError: They are no images of this shape, or none.
    """
    return as_floats(images_of(name, images, shape))


def images_of(name: str, images: Any, shape: tuple[int | None, ...]) -> Array:
    """Images as they came, uint8 or floats in [0, 1]; the arguments are ``float_images``'."""
    lengths = ", ".join("any" if length is None else str(length) for length in shape)
    expected = f"uint8, or floats in [0, 1], [count, {lengths}]"
    found = array(name, images, 1 + len(shape), expected)
    fits = zip(found.shape[1:], shape, strict=True)
    if any(wanted is not None and length != wanted for length, wanted in fits) or not (
        found.dtype == np.uint8 or found.dtype.kind == "f"
    ):
        raise wrong(name, expected, f"{found.dtype} {found.shape}")
    if found.dtype != np.uint8 and not within(found):
        raise wrong(name, "values in [0, 1]", f"{found.min():g} to {found.max():g}")
    return found


def text(name: str, value: object, expected: str) -> str:
    """A text.

    Raises:
      InputError: It is none; ``expected`` says what was.
    """
    if not isinstance(value, str):
        raise wrong(name, expected, shortened(value))
    return value


def layer_of(layer: object) -> str:
    """A layer's name, as far as its type goes."""
    return text("layer", layer, "a layer's name")


def subject_of(subject: Any) -> Subject:
    """A network, or what can stand for one.

    Raises:
      InputError: It has no ``input_shape`` of three lengths, no ``activations``, or no hash.
    """
    fits = (
        callable(getattr(subject, "activations", None))
        and len(getattr(subject, "input_shape", ())) == 3
        and isinstance(subject, Hashable)
    )
    if not fits or isinstance(subject, type):
        raise wrong("network", "a Network or another Subject", shortened(subject))
    return cast("Subject", subject)


def within(values: Array) -> bool:
    """Whether all are in [0, 1]; NaN is not."""
    return bool(np.all((values >= 0) & (values <= 1)))


def shortened(value: object) -> str:
    """What was given, in at most 60 characters of one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # A stranger's __repr__.
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."

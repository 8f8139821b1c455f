"""Reading a pickle that may hold NumPy arrays, tuples and nothing else.

The general unpickler runs whatever a file names. This one knows the three names by which NumPy
writes an array, and answers even those with its own harmless stand-ins, so that no code and no
allocation of NumPy's is reachable from the file.
"""

from __future__ import annotations

import math
import pickle
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError

_RECONSTRUCT = ("numpy.core.multiarray", "_reconstruct")
_ARRAY = ("numpy", "ndarray")
_DTYPE = ("numpy", "dtype")
_DTYPES: dict[bytes, np.dtype[Any]] = {
    b"f4": np.dtype("<f4"),
    b"i8": np.dtype("<i8"),
    b"u1": np.dtype("u1"),
}
# What is refused by the unpickler, or goes wrong in it, when the file is not what it should be.
_UNPICKLING_ERRORS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


class _Type:
    """Stands in for `numpy.dtype`: a name, little-endian."""

    def __init__(self, name: bytes, *_: object) -> None:
        self.dtype: np.dtype[Any] = _DTYPES[name]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] not in (b"<", b"|"):
            raise pickle.UnpicklingError(f"byte order {state[1]!r}")


class _Array:
    """Stands in for `numpy.ndarray` while the pickle is read."""

    array: npt.NDArray[Any]

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Type, bool, bytes]) -> None:
        _, shape, kind, fortran_order, data = state
        if fortran_order or math.prod(shape) * kind.dtype.itemsize != len(data):
            raise pickle.UnpicklingError(f"an array of shape {shape} with {len(data)} bytes")
        self.array = np.frombuffer(data, dtype=kind.dtype).reshape(shape)


def _reconstruct(*_: object) -> _Array:
    return _Array()


class _Unpickler(pickle.Unpickler):
    """An unpickler that admits the reconstruction of a NumPy array."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == _RECONSTRUCT:
            return _reconstruct
        if (module, name) == _ARRAY:
            return _Array
        if (module, name) == _DTYPE:
            return _Type
        raise pickle.UnpicklingError(f"the name {module}.{name}")


def load(stream: IO[bytes], name: str) -> Any:
    """Reads a pickle written by Python 2, which stores the arrays' bytes as strings.

    Args:
      stream: The pickle.
      name: What to call it in an error message.

    Returns:
      What the pickle holds; nested tuples of read-only arrays (float32, int64 or uint8).

    Raises:
      InputError: The pickle is damaged or holds anything but arrays.
    """
    try:
        return _arrays(_Unpickler(stream, encoding="bytes").load())
    except _UNPICKLING_ERRORS as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{name}: expected a pickle of NumPy arrays, found {message}") from error


def _arrays(value: object) -> Any:
    """Replaces the stand-ins in nested tuples by their arrays."""
    if isinstance(value, tuple):
        return tuple(_arrays(item) for item in value)
    if isinstance(value, _Array):
        return value.array
    raise pickle.UnpicklingError(f"a {type(value).__name__}")

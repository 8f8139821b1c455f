"""Which values the fields of a layer may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tfcnn.errors import InputError
from tfcnn.model.window import PADDINGS, Pair

ACTIVATION_FUNCTIONS = ("relu", "selu", "elu", "leaky_relu", "tanh", "sigmoid", "linear")
LEAKY_SLOPE = 0.2  # Of leaky_relu, below 0.
MAX_COUNT = 1_000_000


def checked(field: str, value: object) -> Any:
    """``value`` as a layer keeps it: a size or stride of one number becomes a pair of it.

    Args:
      field: Name of a field of a layer, such as ``kernel_size``.
      value: Anything.

    Raises:
      InputError: It is not allowed; the message says what is, and neither field nor value.
    """
    return _READERS[field](value)


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COUNT:
        return value
    raise InputError(f"expected a whole number from 1 to {MAX_COUNT}")


def _pair(value: object) -> Pair:
    if not isinstance(value, tuple):
        return _count(value), _count(value)
    if len(value) != 2:
        raise InputError("expected one number or (height,width)")
    return _count(value[0]), _count(value[1])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _from_0_to(high: int) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if _is_number(value) and 0 <= value < high:
            return float(value)
        raise InputError(f"expected a number from 0 to below {high}")

    return read


def _positive(value: Any) -> float:
    if _is_number(value) and 0 < value < MAX_COUNT:
        return float(value)
    raise InputError(f"expected a number above 0 and below {MAX_COUNT}")


def _choice(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise InputError(f"expected one of {', '.join(words)}")

    return read


_READERS: Mapping[str, Callable[[object], Any]] = {
    "filters": _count,
    "units": _count,
    "kernel_size": _pair,
    "mode": _choice("max", "average"),
    "size": _pair,
    "stride": _pair,
    "padding": _choice(*PADDINGS),
    "activation": _choice(*ACTIVATION_FUNCTIONS),
    "l2": _from_0_to(MAX_COUNT),
    "rate": _from_0_to(1),
    "momentum": _from_0_to(1),
    "epsilon": _positive,
}

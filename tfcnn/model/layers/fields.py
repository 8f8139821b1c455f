"""Which values the fields of a layer may have: types, each with the function that checks a value.

A function gives the value as the layer keeps it, or raises an InputError that says what is
allowed and neither the field nor the value.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from tfcnn.errors import InputError
from tfcnn.model.layers.window import PADDINGS, Padding, Pair

ACTIVATION_FUNCTIONS = ("relu", "selu", "elu", "leaky_relu", "tanh", "sigmoid", "linear")
LEAKY_SLOPE = 0.2  # Of leaky_relu, below 0.
MAX_COUNT = 1_000_000


def _count(value: object) -> int:
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if is_whole and 1 <= (number := int(value)) <= MAX_COUNT:  # type: ignore[call-overload]
        return number
    raise InputError(f"expected a whole number from 1 to {MAX_COUNT}")


def _pair(value: object) -> Pair:
    if not isinstance(value, (tuple, list)):
        return _count(value), _count(value)
    if len(value) != 2:
        raise InputError("expected one number or (height,width)")
    return _count(value[0]), _count(value[1])


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


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


Count: TypeAlias = Annotated[int, _count]
# One number stands for a square.
Size: TypeAlias = Annotated[Pair, _pair]
OptionalSize: TypeAlias = Annotated[Pair | None, _pair]
PaddingWord: TypeAlias = Annotated[Padding, _choice(*PADDINGS)]
Activation: TypeAlias = Annotated[str, _choice(*ACTIVATION_FUNCTIONS)]
L2: TypeAlias = Annotated[float | None, _from_0_to(MAX_COUNT)]
Share: TypeAlias = Annotated[float, _from_0_to(1)]
Positive: TypeAlias = Annotated[float, _positive]

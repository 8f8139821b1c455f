"""What a person has, as a function takes it: each argument made what its type says, or refused.

The types in a signature say it all: an ``int`` is a whole number, of NumPy too, and no ``bool``; a
``float`` is finite; a sequence is a list, a tuple or an array, and no text; an array may be given
as a list. A type that says more is ``Annotated`` with a function from the argument's name and value
to what is to be taken, as those of ``tfcnn.typing`` are. Nothing heavy is imported here.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import errno
import functools
import inspect
import math
import numbers
import os
import pathlib
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from tfcnn.errors import InputError, check_length, told, wrong

_Function = TypeVar("_Function", bound=Callable[..., Any])

# What is in a signature and stands for any value.
_ANYTHING = (Any, object, inspect.Parameter.empty)

_LONGEST_PATH = 4096

# What the system says of a place in which nothing can be, whatever there is to be written.
_OF_A_PLACE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP),
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.EINVAL, errno.EBUSY),
}


def checked(function: _Function) -> _Function:
    """Makes a function take its arguments as this module says.

    A place in which the function cannot write, or read, is an InputError too, if an argument is a
    path.

    Raises:
      InputError: ``name: expected a whole number from 0, found -1``.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        bound = signature.bind(*args, **named)
        hints = _hints(function)
        for name, value in bound.arguments.items():
            # A default is right, whatever its type is; a caller may spell it out.
            if value is not signature.parameters[name].default and name in hints:
                bound.arguments[name] = conform(name, value, hints[name])
        try:
            return function(*bound.args, **bound.kwargs)
        except OSError as error:
            paths = [name for name in bound.arguments if _is_path(hints.get(name))]
            if not paths or error.errno not in _OF_A_PLACE:
                raise  # Such as a full disk, which no other argument mends.
            place = error.filename if error.filename is not None else bound.arguments[paths[0]]
            found = f"{os.fspath(place)!r}: {error.strerror or error}"
            raise wrong(paths[0], "a place to read or write", found) from error

    return typing.cast(_Function, call)


def check_fields(record: Any) -> None:
    """The same for the fields of a frozen dataclass, called by its ``__post_init__``."""
    hints = _hints(record.__class__)
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if value is not field.default:
            object.__setattr__(record, field.name, conform(field.name, value, hints[field.name]))


def conform(name: str, value: Any, hint: Any) -> Any:
    """``value`` as ``hint``, a type of a signature, says.

    Raises:
      InputError: It is something else; the message starts with ``name``.
    """
    if hint in _ANYTHING:
        return value
    if typing.get_origin(hint) is Annotated:
        return hint.__metadata__[0](name, value)
    if _is_path(hint) and isinstance(value, (str, os.PathLike)):
        return _path(name, value, as_path=hint is pathlib.Path)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _one_of(name, value, typing.get_args(hint))
    if hint in _PLAIN:
        return _PLAIN[hint](name, value)
    origin = typing.get_origin(hint) or hint
    if getattr(origin, "__module__", "") == "numpy":
        return array(name, value, hint)
    if origin is tuple:
        return _tuple(name, value, typing.get_args(hint))
    if origin is collections.abc.Mapping:
        return _mapping(name, value, typing.get_args(hint))
    if origin in (collections.abc.Sequence, collections.abc.Iterable, list):
        return _sequence(name, value, typing.get_args(hint)[0])
    if not _is_a(value, origin):
        raise wrong(name, _told_type(hint), told(value))
    return value


def whole(low: float = -math.inf, high: float = math.inf) -> Callable[[str, Any], int]:
    """For ``Annotated``: a whole number from ``low`` to ``high``."""

    def take(name: str, value: Any) -> int:
        number = value.item() if _is_scalar(value) else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise wrong(name, f"a whole number{_range(low, high)}", told(value))
        if not low <= number <= high:
            raise wrong(name, f"a whole number{_range(low, high)}", told(number))
        return number

    return take


def number(low: float = -math.inf, high: float = math.inf) -> Callable[[str, Any], float]:
    """For ``Annotated``: a finite number from ``low`` to ``high``."""

    def take(name: str, value: Any) -> float:
        found = value.item() if _is_scalar(value) else value
        is_number = isinstance(found, numbers.Real) and not isinstance(found, bool)
        try:
            fits = is_number and math.isfinite(found) and low <= found <= high
        except OverflowError:  # A whole number that no float can be.
            fits = False
        if not fits:
            raise wrong(name, f"a number{_range(low, high) or ' that is finite'}", told(value))
        return float(found)

    return take


def array(name: str, value: Any, hint: Any = None) -> Any:
    """An array of finite numbers, of the kind that a ``numpy.typing.NDArray`` names.

    Args:
      name: Of the argument.
      value: An array, a tensor, or a list of them.
      hint: The type; of what names no kind, numbers of any are taken.

    Raises:
      InputError: It is something else, or holds what is not finite.
    """
    import numpy as np

    kinds = [getattr(part, "__args__", ()) for part in typing.get_args(hint)]
    is_whole = any(
        isinstance(one, type) and issubclass(one, np.integer) for kind in kinds for one in kind
    )
    expected = f"an array of {'whole' if is_whole else 'finite'} numbers"
    try:
        values = np.asarray(value)
    except Exception:  # Each kind of thing that is no array has an error of its own.
        raise wrong(name, expected, told(value)) from None
    if values.dtype.name == "bfloat16":
        values = values.astype(np.float32)
    if values.dtype.kind not in ("iu" if is_whole else "iuf") or not np.isfinite(values).all():
        raise wrong(name, expected, told(value if values.dtype.kind in "OUSb" else values))
    return values


def labels(name: str, value: Any) -> Any:
    """For ``Annotated``: the numbers of classes, from 0, as int32 [count]."""
    import numpy as np

    values = array(name, value, np.ndarray[Any, np.dtype[np.integer]])
    if values.ndim != 1 or values.size == 0:
        raise wrong(name, "whole numbers [count > 0]", told(values))
    if values.min() < 0 or values.max() >= 2**31:
        raise wrong(name, "numbers of classes from 0", f"{values.min()} to {values.max()}")
    return values.astype(np.int32, copy=False)


def check_labels(values: Any, count: int, classes: int, name: str = "labels") -> None:
    """Refuses labels of which there is not one for each image, or which name no class.

    Raises:
      InputError: As said.
    """
    check_length(name, values, count, "labels, one an image")
    if values.max() >= classes:
        raise wrong(name, f"numbers of classes from 0 to {classes - 1}", int(values.max()))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(name, "a text", told(value))
    return value


def _flag(name: str, value: Any) -> bool:
    found = value.item() if _is_scalar(value) else value
    if not isinstance(found, bool):
        raise wrong(name, "True or False", told(value))
    return found


def _nothing(name: str, value: Any) -> None:
    if value is not None:
        raise wrong(name, "None", told(value))


_PLAIN: Mapping[Any, Callable[[str, Any], Any]] = {
    str: _text,
    bool: _flag,
    int: whole(),
    float: number(),
    type(None): _nothing,
}


def _path(name: str, value: Any, as_path: bool) -> Any:
    text = os.fspath(value)
    if not isinstance(text, str) or not text or "\0" in text or len(text) > _LONGEST_PATH:
        raise wrong(name, "a path", told(text))
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise wrong(name, "a path", told(text)) from None
    return pathlib.Path(text) if as_path else value


def _is_path(hint: Any) -> bool:
    kinds = (hint, *typing.get_args(hint))
    return any(
        (typing.get_origin(kind) or kind) in (os.PathLike, pathlib.Path) for kind in kinds
    ) and typing.get_origin(hint) in (None, typing.Union, types.UnionType)


def _one_of(name: str, value: Any, hints: tuple[Any, ...]) -> Any:
    if value is None and type(None) in hints:
        return None
    errors = []
    for hint in hints:
        if hint is type(None):
            continue
        try:
            return conform(name, value, hint)
        except InputError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    kinds = " or ".join(dict.fromkeys(map(_told_type, hints)))
    raise wrong(name, kinds, told(value))


def _tuple(name: str, value: Any, hints: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_sequence(name, value, hints[0]))
    values = tuple(_items(name, value))
    if len(values) != len(hints):
        raise wrong(name, f"{len(hints)} values", told(value))
    return tuple(map(conform, [name] * len(hints), values, hints))


def _sequence(name: str, value: Any, hint: Any) -> Any:
    values = [
        conform(f"{name}[{place}]", one, hint) for place, one in enumerate(_items(name, value))
    ]
    return values if isinstance(value, list) else tuple(values)


def _items(name: str, value: Any) -> Any:
    is_array = hasattr(value, "dtype") and len(getattr(value, "shape", ())) > 0
    is_text = isinstance(value, (str, bytes, bytearray, Mapping, collections.abc.Set))
    if is_text or not (is_array or isinstance(value, collections.abc.Iterable)):
        raise wrong(name, "a sequence", told(value))
    try:
        return iter(value)
    except TypeError:  # An array of no axes.
        raise wrong(name, "a sequence", told(value)) from None


def _mapping(name: str, value: Any, hints: tuple[Any, ...]) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise wrong(name, "a mapping", told(value))
    key_hint, value_hint = hints or (Any, Any)
    return {
        conform(f"{name}: key", key, key_hint): conform(f"{name}[{told(key)}]", one, value_hint)
        for key, one in value.items()
    }


def _is_a(value: Any, kind: Any) -> bool:
    """Whether it is of a class, or of the one that is called like a type not imported."""
    if isinstance(kind, TypeVar):
        return any(one.__name__ == kind.__name__ for one in type(value).__mro__)
    if kind is collections.abc.Callable:
        return callable(value)
    if getattr(kind, "_is_protocol", False):
        names = {name for name in vars(kind) if not name.startswith("_")}
        return not isinstance(value, type) and all(hasattr(value, name) for name in names)
    return isinstance(value, kind)


def _told_type(hint: Any) -> str:
    plain = {str: "a text", int: "a whole number", float: "a finite number", type(None): "None"}
    if hint in plain or hint is bool:
        return plain.get(hint, "True or False")
    if _is_path(hint):
        return "a path"
    origin = typing.get_origin(hint) or hint
    if origin is Annotated:
        return "what the documentation says"
    return f"a {getattr(origin, '__name__', 'value').lstrip('_')}"


def _range(low: float, high: float) -> str:
    parts = [f" from {low}"] if low > -math.inf else []
    return "".join(parts + ([f" to {high}"] if high < math.inf else []))


def _is_scalar(value: Any) -> bool:
    """A number of NumPy's, or an array or tensor of none but one."""
    return (
        hasattr(value, "dtype") and getattr(value, "shape", None) == () and hasattr(value, "item")
    )


class _Names(dict[str, Any]):
    """Names in a signature that its module imports for type checkers only.

    Those of ``tfcnn.typing`` are what they are, which takes NumPy; any other is a TypeVar.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, name: str) -> Any:
        if name in self._known or hasattr(sys.modules["builtins"], name):
            raise KeyError(name)
        from tfcnn import typing as short_names

        return getattr(short_names, name, None) or TypeVar(name)


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Argument or field -> its type."""
    known = vars(sys.modules[function.__module__])
    return typing.get_type_hints(function, known, _Names(known), include_extras=True)

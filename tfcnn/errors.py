"""The one error that means: the person who called can mend this; and others' texts in it."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import Any

from tfcnn.shown_names import shown


class InputError(ValueError):
    """A wrong argument, flag, file or tensor.

    Its message is one line that names the thing, what was expected and what was found. The
    programs in ``experiments/`` print that line and exit with code 2. Names from outside are in it
    as ``shown_names.shown`` shows them.
    """

    def __init__(self, message: str) -> None:
        """Takes the message as it is, but for what would act on a terminal."""
        super().__init__("\n".join(map(shown, message.split("\n"))))


def one_line(error: BaseException) -> str:
    """Another error's text as it can be shown in a line, or its class's name if it has no text."""
    return shown(" ".join(str(error).split())) or type(error).__name__


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Refuses a value that is none of ``choices``.

    Args:
      name: The argument's name, with which the message starts.
      value: What was given.
      choices: What it may be.

    Raises:
      InputError: ``name: expected one of a, b, found value``.
    """
    allowed = list(choices)
    if not any(isinstance(value, type(choice)) and value == choice for choice in allowed):
        raise wrong(name, f"one of {', '.join(map(str, allowed))}", told(value))


def check_length(name: str, values: Sized, expected: int, of_what: str = "") -> None:
    """Refuses what has another length: ``name: expected 10 names, found 3``.

    Raises:
      InputError: As said.
    """
    if len(values) != expected:
        raise wrong(name, f"{expected} {of_what}".strip(), len(values))


def told(value: Any) -> str:
    """A value in a few words, as messages say what was found: an array by its type and shape."""
    if getattr(value, "shape", ()) and hasattr(value, "dtype"):
        dtype = getattr(value.dtype, "name", value.dtype)
        return f"{dtype} {list(value.shape)}"
    if isinstance(value, type) or not isinstance(
        value, (str, bytes, int, float, complex, list, tuple, dict, set, type(None))
    ):
        kind = value if isinstance(value, type) else type(value)
        return kind.__name__ if not hasattr(value, "item") else str(value)[:60]
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    found = repr(value)
    return " ".join((found if len(found) <= 60 else f"{found[:57]}...").split())


def wrong(name: object, expected: str, found: object) -> InputError:
    """The error ``name: expected this, found that``, to be raised."""
    return InputError(f"{name}: expected {expected}, found {found}")

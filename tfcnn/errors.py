"""The one error that means: the person who called can mend this; and others' texts in it."""

from collections.abc import Iterable

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
    if value not in allowed:
        found = repr(value)
        short = found if len(found) <= 60 else f"{found[:57]}..."
        raise wrong(name, f"one of {', '.join(map(str, allowed))}", short)


def wrong(name: object, expected: str, found: object) -> InputError:
    """The error ``name: expected this, found that``, to be raised."""
    return InputError(f"{name}: expected {expected}, found {found}")

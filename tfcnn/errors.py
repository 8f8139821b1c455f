"""The one error that means: the person who called can mend this; and others' texts in it."""

from __future__ import annotations


class InputError(ValueError):
    """A wrong argument, flag, file or tensor.

    Its message is one line that names the thing, what was expected and what was found. The
    programs in ``experiments/`` print that line and exit with code 2.
    """


def one_line(error: BaseException) -> str:
    """Another error's text without line breaks, or the name of its class if it has no text."""
    return " ".join(str(error).split()) or type(error).__name__

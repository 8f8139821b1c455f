"""The one error that means: the person who called can mend this."""

from __future__ import annotations


class InputError(ValueError):
    """A wrong argument, flag, file or tensor.

    Its message is one line that names the thing, what was expected and what was found. The
    programs in ``experiments/`` print that line and exit with code 2.
    """

"""What a source of data is: something that gives IDX payloads or says no, and why."""

import pathlib
from collections.abc import Callable
from typing import TypeAlias

from tfcnn.errors import InputError


class UnavailableError(InputError):
    """A source says no; the message is the reason, in one line."""


# Gives the four uncompressed IDX payloads by part; raises ``UnavailableError`` if the source has
# them not, and any other ``InputError`` if what it has is damaged. It takes at most 15 s to say no.
Fetch: TypeAlias = Callable[[], dict[str, bytes]]


def home(variable: str) -> pathlib.Path:
    """The user's home directory.

    Args:
      variable: What to set on a machine where the user has none, for the error message.

    Raises:
      UnavailableError: There is none.
    """
    try:
        return pathlib.Path.home()
    except RuntimeError:
        raise UnavailableError(
            f"expected a home directory or the variable {variable}, found neither"
        ) from None

"""Where a data set of one's own lies, whatever folder a program is started in."""

import os
import pathlib

from tfcnn.data.catalog import OWN_FORMATS
from tfcnn.errors import wrong


def absolute(name: str) -> str:
    """A data set's name with its path made absolute; a name without a path as it is.

    Raises:
      InputError: The path begins with the home directory of nobody.
    """
    prefix, path = _parted(name)
    return f"{prefix}{path.absolute()}" if path else name


def expanded(path: str) -> pathlib.Path:
    """A path as a shell reads it: ``~`` is a home directory, ``$NAME`` a variable.

    Raises:
      InputError: It begins with the home directory of nobody.
    """
    given = pathlib.Path(os.path.expandvars(path))
    try:
        return given.expanduser()
    except RuntimeError:
        raise wrong(given, "the home directory of a user", "no such user") from None


def _parted(name: str) -> tuple[str, pathlib.Path | None]:
    for prefix in OWN_FORMATS:
        if name.startswith(prefix):
            return prefix, expanded(name.removeprefix(prefix))
    return "", None

"""Flags from files, ``--flagfile=FILE``, as editors of any system write them."""

import codecs
import os
from collections.abc import Iterable

from tfcnn.errors import InputError, wrong
from tfcnn.regular_files import read_regular

_NAMES = ("--flagfile", "-flagfile")
_COMMENTS = ("#", "//")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def with_flag_files(arguments: Iterable[str], inside: tuple[str, ...] = ()) -> list[str]:
    """A command line in which the flags of a file stand in its place.

    A file has a flag a line, or names another file; empty lines and those that begin with ``#`` or
    ``//`` say nothing. It is UTF-8, with a byte-order mark or without, or UTF-16 with one.

    Args:
      arguments: The command line; what follows ``--`` stays as it is.
      inside: The files that these arguments stand in.

    Raises:
      InputError: A file is missing, is no text, or stands in itself.
    """
    found: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, path = argument.partition("=")
        if argument == "--":
            return [*found, argument, *rest]
        if name not in _NAMES:
            found.append(argument)
            continue
        path = os.path.expanduser(path if equals else next(rest, ""))  # noqa: PTH111
        if not path:
            raise wrong("--flagfile", "a value", "none")
        if path in inside:
            raise wrong("--flagfile", "no file that reads itself", path)
        found += with_flag_files(_lines(path), (*inside, path))
    return found


def _lines(path: str) -> list[str]:
    """What the lines of a file say."""
    try:
        content = read_regular(path, kind="a file of flags")
    except InputError as error:
        raise InputError(f"--flagfile: {error}") from None
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise wrong(f"--flagfile: {path}", "text in UTF-8", "something else")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(_COMMENTS)]

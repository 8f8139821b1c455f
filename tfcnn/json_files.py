"""JSON objects in files: written whole or not at all, read with one clear error."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from tfcnn.atomic_files import write_text
from tfcnn.errors import wrong
from tfcnn.regular_files import read_regular

MAX_BYTES = 64 * 2**20
_MOST_LEVELS = 50


def write_json(path: str | os.PathLike[str], values: Mapping[str, Any]) -> None:
    """Writes an object, indented.

    Raises:
      ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_text(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads an object, in UTF-8, UTF-16 or UTF-32, with a byte-order mark or without.

    Raises:
      InputError: The file is missing, unreadable, too large, or not a JSON object.
    """
    return _parse(read_regular(path, MAX_BYTES, "a JSON file"), os.fspath(path))


def read_json_lines(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Reads an object a line; a line with nothing on it is passed over.

    Raises:
      InputError: The file is missing, unreadable, too large, or a line is not a JSON object.
    """
    lines = read_regular(path, MAX_BYTES, "a file of JSON objects").split(b"\n")
    return [
        _parse(line, f"{os.fspath(path)}: line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def write_json_lines(path: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one JSON object a line, whole or not at all.

    Raises:
      ValueError: A number is NaN or infinite, which JSON does not have.
    """
    lines = [json.dumps(row, allow_nan=False) for row in rows]
    write_text(path, "".join(f"{line}\n" for line in lines))


def _parse(text: bytes, source: str) -> dict[str, Any]:
    try:
        values = json.loads(text, parse_constant=_refuse)  # Takes a byte-order mark, and UTF-16.
    except (ValueError, RecursionError) as error:
        raise wrong(source, "JSON", error) from None
    if not isinstance(values, dict):
        raise wrong(source, "a JSON object", type(values).__name__)
    if _levels(values) > _MOST_LEVELS:  # What looks into them may do so by recursion.
        raise wrong(source, f"JSON of at most {_MOST_LEVELS} levels", "more")
    return values


def _levels(values: dict[str, Any]) -> int:
    """How deep objects and lists stand in each other."""
    count, level = 0, list[Any]([values])
    while level:
        count += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return count


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"the number {constant}")

"""JSON objects in files: written whole or not at all, read with one clear error."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NoReturn

from tfcnn.atomic_files import write_text
from tfcnn.errors import InputError

MAX_BYTES = 64 * 2**20


def write_json(path: str | os.PathLike[str], values: Mapping[str, Any]) -> None:
    """Writes an object, indented.

    Raises:
      ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_text(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads an object.

    Raises:
      InputError: The file is missing, unreadable, too large, or not a JSON object.
    """
    file = pathlib.Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputError(f"{file}: expected at most {MAX_BYTES} bytes, found more")
        values = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse)
    except FileNotFoundError:
        raise InputError(f"{file}: expected a JSON file, found no such file") from None
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: expected JSON, found {error}") from None
    if not isinstance(values, dict):
        raise InputError(f"{file}: expected a JSON object, found {type(values).__name__}")
    return values


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"the number {constant}")

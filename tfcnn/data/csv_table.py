"""A CSV file whose rows are images: which column is the label, and the numbers of the others."""

import math
import pathlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfcnn.errors import one_line, wrong
from tfcnn.typing import Array

_LABEL_NAMES = ("label", "labels", "class", "target", "y", "category", "digit", "letter")
# Columns that are neither: what pandas and data bases number rows with.
_ROW_NAMES = ("", "id", "index", "unnamed: 0", "row", "row_id", "imageid", "image_id")
_DELIMITERS = (",", ";", "\t")
_LONGEST_LABEL = 100


class Table(NamedTuple):
    """What a file holds.

    Attributes:
      pixels: uint8 or float32 ``[N, columns]``.
      labels: float64 if all are numbers, or else texts ``[N]``; None if there is no such column.
      label_column: What to call the column in a message.
    """

    pixels: Array
    labels: Array | None
    label_column: str


class _Layout(NamedTuple):
    """The columns of a file."""

    delimiter: str | None  # None for white space.
    header: bool
    label: int | None
    others: frozenset[int]  # Neither label nor pixels.
    label_column: str


def read(path: pathlib.Path) -> Table:
    """Reads a file with or without a line of names above.

    The label is the column named ``label``, ``class``, ``target`` or so, or else the first one; if
    all columns together are the pixels of a square, and not without the first, there is none.
    Columns named ``id`` or ``index`` are passed over.

    Args:
      path: Text in UTF-8, separated by commas, semicolons, tabs or spaces.

    Raises:
      InputError: The file cannot be read, is empty, or holds other columns or no numbers.
    """
    try:
        layout = _find_layout(path)
        return _read_as(path, layout)
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise wrong(path, "a readable CSV file", found) from None
    except UnicodeDecodeError:
        raise wrong(path, "text in UTF-8", "something else") from None


def _rows(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """The lines with something on them, and their numbers."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _find_layout(path: pathlib.Path) -> _Layout:
    _, first = next(_rows(path), (0, ""))
    if "\0" in first:
        raise wrong(path, "a CSV file", "other bytes than text")
    counts = {delimiter: first.count(delimiter) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=counts.__getitem__)
    used = delimiter if counts[delimiter] else None
    cells = [cell.strip().strip('"').lower() for cell in first.split(used)]
    header = 2 * sum(map(_is_number, cells)) < len(cells)
    names = cells if header else [str(number) for number in range(len(cells))]
    others = frozenset(number for number, name in enumerate(names) if name in _ROW_NAMES)
    named = [number for number, name in enumerate(names) if name in _LABEL_NAMES]
    left = len(cells) - len(others)
    label = named[0] if named else min(set(range(len(cells))) - others, default=0)
    if not named and _is_square(left) and not _is_square(left - 1):
        return _Layout(used, header, None, others, "")
    if not _is_square(left - 1):
        more = f" and {len(others)} of names or numbers" if others else ""
        expected = "a label and the pixels of a square image in a row"
        raise wrong(path, expected, f"{left} columns{more}")
    return _Layout(
        used, header, label, others, f"the column {names[label]}" if header else "the first column"
    )


def _is_square(number: int) -> bool:
    return number > 0 and math.isqrt(number) ** 2 == number


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_as(path: pathlib.Path, layout: _Layout) -> Table:
    """Bytes are read nine times as fast as floats, so these are tried second."""
    form: Any = {"comments": None, "delimiter": layout.delimiter, "quotechar": '"', "ndmin": 2}
    for last, dtype in enumerate((np.uint8, np.float32)):
        labels: list[str] = []
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", DeprecationWarning)  # For a float read as a byte.
                warnings.simplefilter("ignore", UserWarning)  # For no rows, which is told below.
                pixels = np.loadtxt(_pixel_rows(path, layout, labels), dtype, **form)
            break
        except UnicodeDecodeError:
            raise
        except (ValueError, DeprecationWarning) as error:
            if last:
                reason = one_line(error).partition(";")[0].strip(".")[:200]
                raise wrong(path, "rows of as many numbers each", reason) from None
    if not pixels.size:
        raise wrong(path, "rows of labels and pixels", "none")
    if layout.label is None:
        return Table(pixels, None, "")
    return Table(pixels, _as_numbers(labels), layout.label_column)


def _pixel_rows(path: pathlib.Path, layout: _Layout, labels: list[str]) -> Iterator[str]:
    """The pixels of each row as text; its label goes to ``labels``."""
    taken = sorted({*layout.others, *([] if layout.label is None else [layout.label])})
    first = taken[-1] + 1 if taken else 0
    rows = _rows(path)
    if layout.header:
        next(rows)
    for number, line in rows:
        cells = line.split(layout.delimiter, first)
        if len(cells) < first:
            raise wrong(path, "more columns", f"{len(cells)} in line {number}")
        if layout.label is not None:
            labels.append(_checked_label(cells[layout.label], f"{path}: line {number}"))
        yield (layout.delimiter or " ").join(
            cell for place, cell in enumerate(cells) if place not in taken
        )


def _checked_label(cell: str, where: str) -> str:
    label = cell.strip().strip('"').strip()
    if not 0 < len(label) <= _LONGEST_LABEL:
        raise wrong(where, f"a label of 1 to {_LONGEST_LABEL} characters", len(label))
    return label


def _as_numbers(labels: Sequence[str]) -> Array:
    try:
        return np.array(labels, float)
    except ValueError:
        return np.array(labels, str)

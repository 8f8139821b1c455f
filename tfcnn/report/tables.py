"""Tables of words and numbers, laid out once for the terminal and for the page."""

from __future__ import annotations

import csv
import dataclasses
import decimal
import io
import pathlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcnn.arguments import check_fields, checked, conform
from tfcnn.atomic_files import write_text
from tfcnn.errors import InputError, check_length, wrong
from tfcnn.regular_files import read_regular
from tfcnn.report.drawing.words import rounded, shortened, width
from tfcnn.showing import Tabular, times
from tfcnn.shown_names import shown
from tfcnn.typing import ArrayLike, PathLike

if TYPE_CHECKING:
    from tfcnn.model import LayerGeometry

# Columns that hold names from outside, which may look like numbers.
NAMES = ("class", "says", "logit", "file", "pair")

_MOST_COLUMNS = 60  # Of a cell as it is printed.


@dataclasses.dataclass(frozen=True, repr=False)
class Table(Tabular):
    """A heading and rows of cells, each made ready to print.

    Attributes:
      header: The columns' headings.
      rows: As many cells a row.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        """A cell with a line end in a file's name would be two lines.

        Raises:
          InputError: A cell is no text, or a row has more or fewer than the header.
        """
        check_fields(self)
        for row in self.rows:
            check_length("rows", row, len(self.header), "cells a row, as the header has")
        object.__setattr__(self, "header", tuple(map(shown, self.header)))
        rows = tuple(tuple(map(shown, row)) for row in self.rows)
        object.__setattr__(self, "rows", rows)

    def in_short(self) -> str:
        """How many rows, and the headings."""
        return f"{len(self.rows)} rows of {', '.join(self.header)}"

    def to_text(self) -> str:
        """Returns aligned lines: the first column to the left, all others to the right.

        Cells of more than 60 letters end in an ellipsis.
        """
        lines = [
            [shortened(cell, _MOST_COLUMNS) for cell in line] for line in (self.header, *self.rows)
        ]
        widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
        texts = []
        for line in lines:
            fill = [" " * (most - width(cell)) for cell, most in zip(line, widths, strict=True)]
            cells = [line[0] + fill[0]]
            cells += [space + cell for cell, space in zip(line[1:], fill[1:], strict=True)]
            texts.append("  ".join(cells))
        return "\n".join(texts)

    @checked
    def write_csv(self, path: PathLike) -> None:
        """Writes the table to a CSV file, whole or not at all, numbers as other programs read them.

        ``96.69%`` becomes 0.9669, ``1,135`` 1135, ``+0.5`` 0.5, and a dash an empty cell; but the
        names of classes, files and runs stay.
        """
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows((self.header, *self.plain_rows()))
        write_text(path, text.getvalue())

    def plain_rows(self) -> list[list[str]]:
        """The rows as ``write_csv`` writes them."""
        is_name = [heading in NAMES for heading in self.header]
        return [
            [cell if kept else _plain(cell) for cell, kept in zip(row, is_name, strict=True)]
            for row in self.rows
        ]


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str, str]]) -> Table:
    """Rows of values as they are printed; None is a dash.

    Args:
      rows: A mapping a row.
      columns: The key of each column, its heading, and how its values are written.
    """
    return Table(
        tuple(heading for _, heading, _ in columns),
        tuple(tuple(_cell(row[key], form) for key, _, form in columns) for row in rows),
    )


def _cell(value: Any, form: str) -> str:
    if value is None:
        return "-"
    return rounded(value, form) if isinstance(value, float) else format(value, form)


def read_csv(path: pathlib.Path) -> Table:
    """Reads a CSV file with a line of names.

    Raises:
      InputError: It is missing, too large, no table, or its lines differ in length.
    """
    content = read_regular(path, kind="a CSV table with a line of names")
    try:
        header, *rows = map(tuple, csv.reader(io.StringIO(content.decode(), newline="")))
    except (ValueError, csv.Error):
        header, rows = (), []
    if not header or any(len(row) != len(header) for row in rows):
        raise InputError(f"{path}: expected a CSV table with a line of names, found none")
    return Table(header, tuple(rows))


def _plain(cell: str) -> str:
    """A cell without what makes a number easy to read for people."""
    if cell == "-":
        return ""
    number = re.fullmatch(r"\+?(-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?)(%?)", cell)
    if not number:
        return cell
    digits = number[1].replace(",", "")
    # In decimals, as 96.69 / 100 is not 0.9669 in binary.
    return f"{decimal.Decimal(digits) / 100:f}" if number[2] else digits


@checked
def geometry_table(rows: Sequence[LayerGeometry]) -> Table:
    """The table of what each layer sees, holds and costs, with a last row of sums."""
    columns: dict[str, Callable[[LayerGeometry], str]] = {
        "layer": lambda row: row.name,
        "output": lambda row: times(row.output_shape),
        "weights": lambda row: f"{row.parameters:,}",
        "receptive field": lambda row: times(row.receptive_field),
        "stride": lambda row: times(row.stride) if any(row.stride) else "-",
        "first pixel": lambda row: ",".join(map(str, row.offset)),
        "multiply-adds": lambda row: f"{row.multiply_adds:,}",
        "bytes of output": lambda row: f"{row.activation_bytes:,}",
    }
    sums = {
        "layer": "sum",
        "weights": f"{sum(row.parameters for row in rows):,}",
        "multiply-adds": f"{sum(row.multiply_adds for row in rows):,}",
        "bytes of output": f"{sum(row.activation_bytes for row in rows):,}",
    }
    cells = [tuple(cell(row) for cell in columns.values()) for row in rows]
    total = tuple(sums.get(heading, "") for heading in columns)
    return Table(tuple(columns), (*cells, total))


@checked
def weights_table(weights: Mapping[str, ArrayLike]) -> Table:
    """The table of every tensor's shape and statistics.

    The deviation is the population's (divided by the count); the norm is Euclidean.

    Args:
      weights: Path -> tensor of any shape, such as ``network.weights``.

    Raises:
      InputError: One has no values, or what is no finite number among them.
    """
    rows = []
    for path, weight in weights.items():
        values = np.asarray(weight, np.float64)
        if not values.size:
            raise wrong(f"weights: {path}", "at least one value", "none")
        statistics = (values.mean(), values.std(), values.min(), values.max())
        norm = np.linalg.norm(values.ravel())
        cells = (rounded(float(number), ".4g") for number in (*statistics, norm))
        rows.append((path, times(values.shape), f"{values.size:,}", *cells))
    header = ("tensor", "shape", "values", "mean", "deviation", "smallest", "largest", "norm")
    return Table(header, tuple(rows))


@checked
def sweep_table(results: Sequence[Mapping[str, Any]], choices: Sequence[str]) -> Table:
    """A row a combination of choices, in the order of their first run.

    Args:
      results: A mapping a run: its choices, and the last line of its ``metrics.jsonl``.
      choices: The names of the choices to tell apart; the others, such as the seed, are averaged
        over. The deviation is that of a sample (divided by the count less one).

    Raises:
      InputError: A result lacks a choice or an accuracy.
    """
    for result in results:
        for name in choices:
            if name not in result:
                raise wrong("results", f"the choice {name} in each", "none")
        for name in ("test_accuracy", "train_accuracy"):
            conform(f"results: {name}", result.get(name), float)
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for result in results:
        groups.setdefault(tuple(str(result[name]) for name in choices), []).append(result)
    header = (
        *(choices or ("",)),
        *("runs", "test accuracy", "deviation", "lowest", "highest", "train accuracy"),
    )
    rows = []
    for key, runs in groups.items():
        test = np.array([run["test_accuracy"] for run in runs])
        deviation = f"{100 * test.std(ddof=1):.2f}" if len(runs) > 1 else "-"
        train = np.mean([run["train_accuracy"] for run in runs])
        mean, *shares = (f"{s:.2%}" for s in (test.mean(), test.min(), test.max(), train))
        rows.append((*(key or ("all",)), str(len(runs)), mean, deviation, *shares))
    return Table(header, tuple(rows))

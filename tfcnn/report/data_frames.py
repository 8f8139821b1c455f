"""Tables for pandas: a column a name, numbers as numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfcnn.ascent.evidence import Evidence
from tfcnn.ascent.patterns import Patterns
from tfcnn.errors import wrong
from tfcnn.inspection.comparison import Comparison
from tfcnn.inspection.matching import Matching
from tfcnn.report.comparison import comparison_rows
from tfcnn.report.evidence_table import evidence_rows
from tfcnn.report.patterns_table import pattern_rows
from tfcnn.report.tables import NAMES, Table
from tfcnn.runs.metrics import History
from tfcnn.runs.sweep import Sweep
from tfcnn.showing import Tabular

if TYPE_CHECKING:
    import pandas


def to_dataframe(thing: Tabular) -> pandas.DataFrame:
    """What ``Tabular.to_dataframe`` gives.

    Raises:
      InputError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise wrong("to_dataframe", "pandas (pip install pandas)", "no such package") from None
    if isinstance(thing, Table):
        columns = list(map(_typed, thing.header, zip(*thing.plain_rows(), strict=True)))
        return pandas.DataFrame(list(zip(*columns, strict=True)), columns=list(thing.header))
    rows = _ROWS[type(thing)](thing)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pandas.DataFrame([[row.get(name) for name in names] for row in rows], columns=names)


def _typed(heading: str, cells: Sequence[str]) -> Sequence[Any]:
    """A column's cells as numbers, if all of them are, but for empty ones, which become None."""
    for kind in () if heading in NAMES else (int, float):
        try:
            return [kind(cell) if cell else None for cell in cells]
        except ValueError:
            continue
    return cells


def _epochs(history: History) -> list[dict[str, Any]]:
    return [metrics.to_json() for metrics in history]


def _pairs(matching: Matching) -> list[dict[str, Any]]:
    """A row a pair of filters."""
    names = ("filter", "partner", "correlation")
    pairs = zip(matching.partners.tolist(), matching.matched.tolist(), strict=True)
    return [dict(zip(names, (*pair, value), strict=True)) for pair, value in pairs]


# What is a table -> its rows, in which each name is a column.
_ROWS: Mapping[type[Tabular], Callable[[Any], Sequence[Mapping[str, Any]]]] = {
    History: _epochs,
    Sweep: operator.attrgetter("runs"),
    Patterns: pattern_rows,
    Evidence: evidence_rows,
    Comparison: comparison_rows,
    Matching: _pairs,
}

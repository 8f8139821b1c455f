"""The figures of every filter's pattern as rows: for the terminal, CSV and JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfcnn import json_files
from tfcnn.arguments import checked
from tfcnn.ascent import MEANINGS, Patterns, distinct_patterns
from tfcnn.report.checks import check_filter_names
from tfcnn.report.tables import Table, table_of
from tfcnn.typing import PathLike

# Of each column on the terminal: its key, its heading and its form.
_COLUMNS = (
    ("filter", "filter", "6d"),
    ("class", "class", ""),
    ("verdict", "verdict", ""),
    ("by_plain", "by plain", ""),
    ("score", "score", ".3f"),
    ("robust_score", "robust", ".3f"),
    ("high_frequency_share", "high freq.", ".1%"),
    ("distinct", "distinct", "d"),
    ("real_score", "best real", ".3f"),
    ("ratio", "times", ".2f"),
    ("firing_share", "fired by", ".2%"),
)


@checked
def pattern_rows(patterns: Patterns, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """One row a filter.

    Every row has ``filter`` (with ``names`` of the layer's units also ``class``, the filter's),
    ``verdict``, ``score``, ``robust_score``, ``high_frequency_share``,
    ``by_gradient_alone`` (whether only the plain recipe brought the score above 0), ``tries``
    (climbs), ``candidates`` (random images scanned) and ``best_linear`` (the largest linear output
    of any try, anywhere on the map); with several tries also ``distinct`` (how many different
    patterns they found, up to a shift). With real images there are also
    ``real_score`` (the best one's), ``ratio`` (score by real score; None unless both are above
    0), ``percentile`` (share of the real images that score lower, in percent), ``real_linear``,
    ``firing_share`` (share of the real images that fire the filter) and ``best_image`` (its
    number among them).

    Raises:
      InputError: There are too few names.
    """
    check_filter_names(names, patterns.filters)
    table = [_row(patterns, row) for row in range(len(patterns.filters))]
    if names:
        return [{"filter": row["filter"], "class": names[row["filter"]]} | row for row in table]
    return table


@checked
def pattern_table(patterns: Patterns, names: Sequence[str] | None = None) -> Table:
    """The rows for the terminal: rounded, without the columns that only a program reads.

    A column "by plain" marks the filters that only the plain recipe brought above 0, if any.
    """
    table = pattern_rows(patterns, names)
    if patterns.climbs.by_gradient_alone.any():
        table = [row | {"by_plain": "yes" if row["by_gradient_alone"] else None} for row in table]
    shown = [column for column in _COLUMNS if column[0] in table[0]]
    return table_of(table, shown)


@checked
def write_pattern_csv(
    path: PathLike, patterns: Patterns, names: Sequence[str] | None = None
) -> None:
    """Writes the rows with a line of names above them; None is an empty cell."""
    table = pattern_rows(patterns, names)
    cells = (tuple("" if cell is None else str(cell) for cell in row.values()) for row in table)
    Table(tuple(table[0]), tuple(cells)).write_csv(path)


@checked
def write_pattern_json(
    path: PathLike, patterns: Patterns, names: Sequence[str] | None = None
) -> None:
    """Writes the rows as JSON, with the headline and the meaning of the verdicts."""
    content = {
        "layer": patterns.layer,
        "headline": patterns.headline(),
        "meanings": {word: MEANINGS[word] for word in sorted(set(patterns.verdicts))},
        "filters": pattern_rows(patterns, names),
    }
    json_files.write_json(path, content)


def _row(patterns: Patterns, row: int) -> dict[str, Any]:
    number, score = patterns.filters[row], float(patterns.scores[row])
    climbs, evidence = patterns.climbs, patterns.evidence
    values = {
        "filter": number,
        "verdict": patterns.verdicts[row],
        "score": score,
        "robust_score": float(patterns.robust_scores[row]),
        "high_frequency_share": float(patterns.high_frequency_shares[row]),
        "by_gradient_alone": bool(climbs.by_gradient_alone[row]),
        "tries": climbs.scores.shape[1],
        "candidates": climbs.candidates,
        "best_linear": float(climbs.peaks[row].max()),
    }
    if climbs.scores.shape[1] > 1:
        seen = climbs.visible(climbs.images[row])
        values["distinct"] = len(distinct_patterns(seen, climbs.climbed_scores[row]))
    if evidence is None or patterns.real_scores is None:
        return values
    real_scores = patterns.real_scores[:, row]
    real = float(real_scores.max())
    return values | {
        "real_score": real,
        "ratio": patterns.ratios[row],
        "percentile": 100 * float(np.mean(real_scores < score)),
        "real_linear": float(evidence.best_linear[number]),
        "firing_share": float(evidence.firing_share[number]),
        "best_image": int(real_scores.argmax()),
    }

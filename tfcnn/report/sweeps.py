"""The results of many trainings, gathered over their seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfcnn.report.tables import Table


def sweep_table(results: Sequence[Mapping[str, Any]], choices: Sequence[str]) -> Table:
    """A row a combination of choices, in the order of their first run.

    Args:
      results: A mapping a run: its choices, and the last line of its ``metrics.jsonl``.
      choices: The names of the choices to tell apart; the others, such as the seed, are averaged
        over. The deviation is that of a sample (divided by the count less one).
    """
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
        rows.append(
            (
                *(key or ("all",)),
                str(len(runs)),
                f"{test.mean():.2%}",
                deviation,
                f"{test.min():.2%}",
                f"{test.max():.2%}",
                f"{train:.2%}",
            )
        )
    return Table(header, tuple(rows))

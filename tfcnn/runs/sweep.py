"""A sweep as a thing: the results of trainings on a grid of choices, read from its folder."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfcnn.arguments import checked
from tfcnn.errors import InputError
from tfcnn.json_files import read_json
from tfcnn.runs.metrics import check_numbers
from tfcnn.showing import Tabular

if TYPE_CHECKING:
    from tfcnn.typing import PathLike

RESULTS = "results.json"
_SEED = "seed"


@dataclasses.dataclass(frozen=True, repr=False)
class Sweep(Tabular):
    """What ``experiments.sweep`` found.

    Attributes:
      varied: The names of the flags that differ.
      runs: A mapping a run: its choices, and the last line of its ``metrics.jsonl``.
    """

    varied: tuple[str, ...]
    runs: Sequence[Mapping[str, Any]]

    @property
    def choices(self) -> list[str]:
        """What is told apart: all that is varied but the seed, which is averaged over."""
        return [name for name in self.varied if name != _SEED]

    def in_short(self) -> str:
        """How many runs, and what is varied."""
        return f"{len(self.runs)} runs by {', '.join(self.varied)}"


@checked
def open_sweep(sweep_dir: PathLike) -> Sweep:
    """The results of a sweep.

    Args:
      sweep_dir: The folder that ``experiments.sweep`` wrote.

    Raises:
      InputError: It holds no table of a sweep, or a damaged one.
    """
    path = pathlib.Path(sweep_dir, RESULTS)
    told = read_json(path)
    varied, runs = told.get("varied"), told.get("runs")
    if not isinstance(varied, list) or not all(isinstance(name, str) for name in varied):
        raise InputError(f"{path}: varied: expected a list of texts, found {varied!r:.60}")
    needed = {*varied, "test_accuracy", "train_accuracy"}
    if not isinstance(runs, list) or not all(
        isinstance(run, dict) and needed <= run.keys() for run in runs
    ):
        raise InputError(f"{path}: runs: expected objects with {', '.join(sorted(needed))}")
    for run in runs:
        check_numbers({name: run[name] for name in needed - {*varied}}, str(path))
    return Sweep(tuple(varied), runs)

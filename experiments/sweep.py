"""Trains on a grid of choices, one process a run, and gathers the results in one table.

Every --vary names a flag of experiments.train and its values between semicolons; every --fix one
value for all. The same command, given again, goes on with a sweep that was stopped. A training
whose loss grows beyond all numbers is named and left out of the table; the others are trained.

Example:
  python -m experiments.sweep --sweep_dir=runs/l2 --vary="l2=0;0.0007" --vary="seed=0;1;2"
"""

import itertools
import pathlib
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import tqdm
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from experiments.command_line.child_programs import exit_code, signals_forwarded_to
from tfcnn.errors import InputError, wrong
from tfcnn.json_files import read_json, read_json_lines, write_json
from tfcnn.runs.sweep import RESULTS, open_sweep
from tfcnn.shown_names import shown

SWEEP_DIR = flag_types.define_path(
    "sweep_dir", None, "The folder to write the runs and the table to.", required=True
)
VARY = flags.DEFINE_multi_string("vary", [], "NAME=VALUE;VALUE;...: a flag and its values.")
FIX = flags.DEFINE_multi_string("fix", [], "NAME=VALUE: a flag that is the same in all runs.")

DIVERGED = 1  # The exit code of a training that did.
Choices = dict[str, str]


def main() -> int:
    """Reads the flags, trains what is not trained yet, and writes the table."""
    varied = {name: values.split(";") for name, values in _read("vary", VARY.value).items()}
    fixed = _read("fix", FIX.value)
    if not varied:
        raise wrong("vary", "at least one NAME=VALUE;VALUE", "none")
    if both := varied.keys() & fixed.keys():
        raise wrong("fix", "a flag once", f"{both.pop()} in --vary too")
    folder = pathlib.Path(SWEEP_DIR.value)
    tfcnn.runs.refuse_own_files("sweep_dir", folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong("sweep_dir", "a folder to write to", f"{folder}: {error.strerror}") from None
    for name, values in varied.items():
        if again := _first_repeated(values):
            raise wrong("vary", f"each value of {name} once", f"{again!r} again")
    grid = [
        dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
    ]
    if again := _first_repeated([_name(choices) for choices in grid]):
        raise wrong("vary", "a folder of its own for each run", f"{again} for two of them")
    paths = folder / "results.csv", folder / RESULTS
    _refuse_another_table(paths[1], grid, fixed)
    finished = []
    for choices in tqdm.tqdm(grid, unit=" runs"):
        code = _train(folder / _name(choices), fixed | choices)
        if code == DIVERGED:
            continue
        if code:
            return code
        finished.append(choices)
    if not finished:
        return DIVERGED
    # The choices last: the metrics' learning_rate is that of the last step.
    metrics = [folder / _name(choices) / "metrics.jsonl" for choices in finished]
    results = [_last_row(path) | choices for path, choices in zip(metrics, finished, strict=True)]
    sweep = tfcnn.runs.Sweep(tuple(varied), results)
    print(tfcnn.report.sweep_table(results, sweep.choices).to_text())
    names = list(dict.fromkeys([*varied, *results[0]]))
    rows = tuple(tuple(str(result[name]) for name in names) for result in results)
    tfcnn.report.Table(tuple(names), rows).write_csv(paths[0])
    write_json(paths[1], {"varied": list(varied), "fixed": fixed, "runs": results})
    for path in paths:
        print(f"written: {shown(str(path))}")
    return DIVERGED if len(finished) < len(grid) else 0


def _read(flag: str, texts: Sequence[str]) -> Choices:
    """What each text of a flag says after the first ``=``, by the name before it."""
    found: Choices = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or name == "run_dir":
            raise wrong(flag, "NAME=VALUE with a flag of train", repr(text))
        if name in found:
            raise wrong(flag, f"{name} once", f"it again in {text!r}")
        found[name] = value
    return found


def _refuse_another_table(path: pathlib.Path, grid: Sequence[Choices], fixed: Choices) -> None:
    """Refuses to replace a table that has other runs than those of the grid."""
    told = read_json(path) if path.is_file() else {}
    if told.get("varied") is None:  # No table, or one from before tables said so.
        return
    found = open_sweep(path.parent)
    rows = [{name: run[name] for name in found.varied} for run in found.runs]
    if told.get("fixed") != fixed or not all(row in grid for row in rows):
        raise wrong("sweep_dir", "a folder without the table of another sweep", path)


def _last_row(metrics: pathlib.Path) -> dict[str, Any]:
    rows = read_json_lines(metrics)
    if not rows:
        raise wrong(metrics.parent.name, "epochs from 1 to compare", "0")
    return rows[-1]


def _first_repeated(texts: Sequence[str]) -> str | None:
    return next((text for number, text in enumerate(texts) if text in texts[:number]), None)


def _name(choices: Choices) -> str:
    """A folder's name that says what is varied; without commas, which part folders in a flag."""
    return re.sub(r"[^\w=.()-]+", "_", "_".join(f"{n}={v}" for n, v in choices.items()))


def _train(run_dir: pathlib.Path, choices: Choices) -> int:
    """Runs ``experiments.train``, unless it has done this before, and returns its exit code.

    Raises:
      InputError: The program refuses a choice; the message is its own.
    """
    done_before = run_dir / "sweep.json"
    if done_before.is_file() and read_json(done_before) == choices:
        return 0
    values = [f"--{name}={value}" for name, value in choices.items()]
    command = [sys.executable, "-m", "experiments.train", f"--run_dir={run_dir}"]
    process = subprocess.Popen(
        [*command, *values],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # The terminal sends Ctrl-C to a whole group: the training shall get it once, from us.
        start_new_session=True,
    )
    with signals_forwarded_to([process]):  # Stopped by one, it still saves what it has.
        _, errors = process.communicate()
    if process.returncode == 2:
        raise InputError(f"{run_dir.name}: {errors.splitlines()[-1].strip()}")
    code = exit_code(process.returncode)
    if code:
        sys.stderr.write(errors)
        told = f"sweep: {run_dir.name}: the training ended with exit code {code}"
        tqdm.tqdm.write(told, file=sys.stderr)
    else:
        write_json(done_before, choices)
    return code


if __name__ == "__main__":
    program.run(main)

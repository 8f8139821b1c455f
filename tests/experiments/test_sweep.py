"""A grid of trainings, as a process that starts others."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def test_a_sweep_trains_the_grid_once_and_gathers_it(run_program, tmp_path):
    flags = (
        *(f"--sweep_dir={tmp_path / 's'}", "--vary=learning_rate=0.1", "--vary=seed=0;1"),
        *(f"--fix=dataset={DATASET}", "--fix=arch=flatten dense(10,act=linear)", "--fix=epochs=1"),
    )
    done = run_program("sweep", *flags)
    results = json.loads(done.written()["results.json"].read_text())
    assert [(run["learning_rate"], run["seed"]) for run in results["runs"]] == [
        ("0.1", "0"),
        ("0.1", "1"),
    ]
    for run in results["runs"]:
        folder = tmp_path / "s" / f"learning_rate={run['learning_rate']}_seed={run['seed']}"
        config = json.loads((folder / "config.json").read_text())["training"]
        assert (config["learning_rate"], config["seed"], config["epochs"]) == (
            *(float(run["learning_rate"]), int(run["seed"])),
            1,
        )
        last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
        assert run["test_accuracy"] == last["test_accuracy"]
    for row, run in zip(done.rows("results.csv"), results["runs"], strict=True):
        assert {name: float(cell) for name, cell in row.items()} == {
            name: float(value) for name, value in run.items()
        }
    accuracies = [run["test_accuracy"] for run in results["runs"]]
    told = f"{np.mean(accuracies):.2%} +{100 * np.std(accuracies, ddof=1):.2f}"
    lowest, highest = (f"{accuracy:.2%}" for accuracy in sorted(accuracies))
    assert re.search(rf"^0\.1 +2 +{told} +{lowest} +{highest} ", done.stdout, re.MULTILINE)
    sweep = tfcnn.runs.open_sweep(tmp_path / "s")
    assert (sweep.runs, sweep.choices) == (results["runs"], ["learning_rate"])
    assert f"<td>{np.mean(accuracies):.2%}</td>" in sweep._repr_html_()
    weights = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("checkpoints")}
    assert run_program("sweep", *flags).stdout == done.stdout
    assert weights == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("checkpoints")}
    # A table with other choices, or without these runs, is another sweep's.
    before = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    for others in ((*flags, "--fix=l2=0.1"), (*flags[:2], "--vary=seed=1", *flags[3:])):
        refused = run_program("sweep", *others)
        assert (refused.returncode, refused.stdout) == (2, "")
        table = tmp_path / "s" / "results.json"
        told = f"expected a folder without the table of another sweep, found {table}\n"
        assert refused.stderr == f"sweep: --sweep_dir: {told}"
    after = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    assert after == before


def test_a_training_that_diverges_costs_the_others_nothing(run_program, tmp_path):
    flags = (f"--sweep_dir={tmp_path}", "--vary=learning_rate=1e38;0.1", f"--fix=dataset={DATASET}")
    flags += ("--fix=arch=flatten dense(10,act=linear)", "--fix=epochs=1", "--fix=clip_norm=0")
    done = run_program("sweep", *flags)
    assert done.returncode == 1
    told = "sweep: learning_rate=1e38: the training ended with exit code 1"
    assert told in done.stderr.splitlines()
    results = json.loads((tmp_path / "results.json").read_text())
    assert [run["learning_rate"] for run in results["runs"]] == ["0.1"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--vary: expected at least one NAME=VALUE;VALUE, found none"),
        (["--vary=seed"], "--vary: expected NAME=VALUE with a flag of train, found 'seed'"),
        (["--vary=l2=0", "--vary=l2=1"], "--vary: expected l2 once, found it again in 'l2=1'"),
        (["--vary=l2=0;1", "--fix=l2=0"], "--fix: expected a flag once, found l2 in --vary too"),
        (["--vary=seed=0;0;1"], "--vary: expected each value of seed once, found '0' again"),
        (
            ["--vary=arch=a/b;a_b"],
            "--vary: expected a folder of its own for each run, found arch=a_b for two of them",
        ),
        (["--vary=epoch=1"], "epoch=1: train: --epoch: unknown flag; did you mean --epochs?"),
        (["--vary=l2=-1"], "l2=-1: train: --l2: expected a number from 0, found -1.0"),
    ],
)
def test_a_sweep_that_cannot_be_is_told_in_one_line(run_program, tmp_path, flags, said):
    done = run_program("sweep", f"--sweep_dir={tmp_path}", *flags)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"sweep: {said}"


@pytest.fixture
def under_way(tmp_path, pause_at):
    """Starts a sweep of one endless training, which waits where it has done an epoch.

    Gives the process, the training's number and the pause.
    """

    @contextlib.contextmanager
    def start():
        pause = pause_at(r"os\.rename .*/metrics\.jsonl$")
        command = [sys.executable, "-m", "experiments.sweep", f"--sweep_dir={tmp_path}"]
        fixed = (f"dataset={DATASET}", "epochs=100000", "arch=flatten dense(10,act=linear)")
        command += ["--vary=seed=0", *(f"--fix={choice}" for choice in fixed)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=pause.environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Whoever runs the tests in the background has signals ignored, which is inherited.
            preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in NUMBERS],
        ) as process:
            yield process, pause.wait_for(process), pause

    return start


@pytest.mark.parametrize("number", NUMBERS)
def test_a_sweep_that_is_stopped_lets_its_training_save(under_way, tmp_path, number):
    with under_way() as (process, _, pause):
        os.killpg(process.pid, number)  # As a terminal does with Ctrl-C, or when it is closed.
        pause.end()
        errors = process.stderr.read()
    code = 128 + number
    assert process.returncode == code
    assert f"sweep: seed=0: the training ended with exit code {code}" in errors.splitlines()
    assert not (tmp_path / "seed=0" / "lock").exists()  # What a killed training leaves.


def test_a_training_that_is_killed_is_told(under_way):
    with under_way() as (process, training, _):
        os.kill(training, signal.SIGKILL)
        errors = process.stderr.read()
    assert process.returncode == 137
    assert "sweep: seed=0: the training ended with exit code 137" in errors.splitlines()

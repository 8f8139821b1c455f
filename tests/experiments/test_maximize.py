"""The program on a tiny run: its table, its files, its messages."""

from __future__ import annotations

import csv
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import tfcnn

SAMPLE = pathlib.Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    data = tfcnn.data.load(f"idx:{SAMPLE}")
    architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    network = tfcnn.model.Network(architecture, data.train.images.shape[1:], seed=0)
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    tfcnn.training.train(network, data, tfcnn.training.TrainConfig(epochs=1, seed=0), folder)
    return folder


def run(*flags):
    return subprocess.run(
        [sys.executable, "-m", "experiments.maximize", *flags],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_table_files_and_headline(run_dir):
    done = run(
        f"--run_dir={run_dir}",
        "--layer=conv1",
        "--filters=3,1",
        "--steps=20",
        "--restarts=2",
        "--candidates=16",
        "--seed=5",
    )
    assert done.returncode == 0, done.stderr
    assert "2 of 2 filters accounted for: " in done.stdout
    plots = run_dir / "plots"
    table = json.loads((plots / "patterns_conv1.json").read_text())
    assert [row["filter"] for row in table["filters"]] == [3, 1]
    assert [(row["tries"], row["candidates"]) for row in table["filters"]] == [(2, 16)] * 2
    with (plots / "patterns_conv1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) for row in rows] == [row["score"] for row in table["filters"]]

    # The same from the library.
    network = tfcnn.load_run(run_dir)
    data = tfcnn.data.load(f"idx:{SAMPLE}")
    evidence = tfcnn.ascent.gather_evidence(
        network, "conv1", data.train.images, data.train.labels, progress=False
    )
    patterns = tfcnn.ascent.maximize(
        network,
        "conv1",
        [3, 1],
        steps=20,
        restarts=2,
        candidates=16,
        seed=5,
        evidence=evidence,
        progress=False,
    )
    np.testing.assert_allclose(
        [row["score"] for row in table["filters"]], patterns.scores, rtol=1e-4
    )
    assert [row["verdict"] for row in table["filters"]] == list(patterns.verdicts)
    lines = done.stdout.splitlines()
    written = [line.removeprefix("written: ") for line in lines if line.startswith("written: ")]
    names = ["patterns_conv1.png", "patterns_conv1.csv", "patterns_conv1.json"]
    assert written == [str(plots / n) for n in [*names, "restarts_conv1.png", "evidence_conv1.png"]]
    for path in map(pathlib.Path, written):
        assert path.suffix != ".png" or path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("flags", "ending"),
    [
        (["--recipe=robust"], "conv1"),
        (["--recipe=plain"], "conv1_plain"),
        (["--reduction=centre"], "conv1_centre"),
        (["--reduction=centre", "--recipe=plain"], "conv1_centre"),
        (["--reduction=centre", "--recipe=robust"], "conv1_centre_robust"),
    ],
)
def test_files_are_named_by_what_differs_from_the_default(run_program, run_dir, flags, ending):
    common = (f"--run_dir={run_dir}", "--layer=conv1", "--filters=1", "--steps=1", "--restarts=2")
    written = run_program("maximize", *common, *flags).written()
    kinds = ("patterns.png", "patterns.csv", "patterns.json", "restarts.png", "evidence.png")
    assert set(written) == {kind.replace(".", f"_{ending}.") for kind in kinds}


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--layer=conv9"], "conv9"),
        (["--layer=conv1", "--filters=4"], "expected 0 to 3"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(run_dir, flags, named):
    done = run(f"--run_dir={run_dir}", *flags)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("maximize: ") and named in last
    assert "Traceback" not in done.stderr


def test_help_names_the_flags():
    done = run("--help")
    assert done.returncode == 0
    for flag in ("--run_dir", "--layer=conv3", "--filters", "--recipe=...", "--restarts"):
        assert flag in done.stdout

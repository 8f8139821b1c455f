"""Programs as processes: one run from training to page."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from safetensors.numpy import load_file

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = f"--dataset=idx:{ROOT / 'tests' / 'data' / 'sample'}"


def test_a_folder_without_a_run_is_refused_in_one_line(run_program, tmp_path):
    done = run_program("report", f"--run_dir={tmp_path}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("report: ")
    assert str(tmp_path) in done.stderr
    assert done.stderr.count("\n") == 1


def test_arithmetic_prints_the_geometry(run_program):
    done = run_program(
        "arithmetic", "--arch=conv(8,5) average(2) flatten dense(3)", "--input_shape=9,9,3"
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert rows["conv1"][:3] == ["5x5x8", str(5 * 5 * 3 * 8 + 8), "5x5"]
    assert rows["pool1"][:4] == ["2x2x8", "0", "6x6", "2x2"]


TRAIN = (SAMPLE, "--arch=conv(4,3) max(4) flatten dense(10,act=linear)", "--epochs=2")


@pytest.fixture(scope="module")
def run_dir(run_program, tmp_path_factory):
    """A run of a small network on the sample, trained by the program."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    done = run_program("train", *TRAIN, f"--run_dir={folder}")
    assert done.returncode == 0, done.stderr
    assert str(folder / "weights.safetensors") in done.stdout
    assert "port.cc" not in done.stderr
    return folder


def test_train_writes_what_it_reports(run_dir):
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    data = tfcnn.data.load(SAMPLE.removeprefix("--dataset="))
    network = tfcnn.load_run(run_dir)
    logits = network(data.test.images / np.float32(255)).numpy()
    right = np.mean(logits.argmax(axis=1) == data.test.labels)
    assert rows[-1]["test_accuracy"] == pytest.approx(right, abs=1e-6)
    for name in ("config.json", "environment.json", "plots/learning_curves.png"):
        assert (run_dir / name).stat().st_size > 0


def test_train_started_again_on_a_finished_run_changes_nothing(run_program, run_dir):
    before = (run_dir / "weights.safetensors").read_bytes()
    done = run_program("train", *TRAIN, f"--run_dir={run_dir}")
    assert done.returncode == 0, done.stderr
    assert (run_dir / "weights.safetensors").read_bytes() == before


def test_weights_prints_the_file_s_statistics(run_program, run_dir):
    done = run_program("weights", f"--run_dir={run_dir}", "--layer=conv1")
    assert done.stderr == ""
    assert set(done.written()) == {"kernels_conv1.png"}
    cells = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    kernel = load_file(run_dir / "weights.safetensors")["conv1/kernel"].astype(np.float64)
    norm = np.sqrt((kernel**2).sum())
    numbers = (kernel.mean(), kernel.std(), kernel.min(), kernel.max(), norm)
    assert cells["conv1/kernel"] == ["3x3x1x4", "36", *(f"{number:.4g}" for number in numbers)]
    assert "dense1/kernel" not in cells


def test_maximize_accounts_for_the_filters_asked_for(run_program, run_dir):
    done = run_program(
        "maximize",
        *(f"--run_dir={run_dir}", "--layer=conv1", "--filters=0,3"),
        *("--candidates=16", "--restarts=1", "--steps=4"),
    )
    assert "patterns_conv1_some.png" in done.written()
    assert "2 of 2 filters accounted for" in done.stdout


def test_dream_draws_its_frames(run_program, run_dir):
    done = run_program("dream", f"--run_dir={run_dir}", "--layer=conv1", "--frames=2")
    assert any(name.startswith("dream_conv1") for name in done.written())


def test_report_makes_the_page(run_program, run_dir):
    done = run_program("report", f"--run_dir={run_dir}")
    assert done.stderr == ""
    assert set(done.written()) == {"report.html"}

"""Programs as processes: one run from training to page."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import pathlib
import re

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
ARCHITECTURE = "conv(4,3) max(4) flatten dense(10,act=linear)"


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


TRAIN = (f"--dataset={DATASET}", f"--arch={ARCHITECTURE}", "--epochs=2")


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
    data = tfcnn.data.load(DATASET)
    network = tfcnn.load_run(run_dir)
    logits = network(data.test.images / np.float32(255)).numpy()
    right = np.mean(logits.argmax(axis=1) == data.test.labels)
    assert rows[-1]["test_accuracy"] == pytest.approx(right, abs=1e-6)
    config, environment = (
        json.loads((run_dir / f"{name}.json").read_text()) for name in ("config", "environment")
    )
    assert (config["architecture"], config["dataset"]["name"]) == (ARCHITECTURE, DATASET)
    assert config["training"] == dataclasses.asdict(tfcnn.training.TrainConfig(epochs=2))
    assert environment["packages"]["numpy"] == np.__version__
    with Image.open(run_dir / "plots" / "learning_curves.png") as curves:
        assert len(curves.convert("L").getcolors()) > 10  # There is something on it.


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


def test_dream_tells_what_the_library_finds(run_program, run_dir):
    done = run_program("dream", f"--run_dir={run_dir}", "--layer=conv1", "--frames=2", "--index=3")
    assert set(done.written()) == {"dream_conv1_3_frames2.png"}
    image = tfcnn.data.load(DATASET).test.images[3] / np.float32(255)
    objective = tfcnn.ascent.objectives.layer("conv1")
    _, values = tfcnn.ascent.dream(tfcnn.load_run(run_dir), objective, image, 2)
    assert values[-1] > values[0]
    told = re.match(r"the objective rose from (\S+) to (\S+)\n", done.stdout).groups()
    assert list(map(float, told)) == pytest.approx([values[0], values[-1]], rel=1e-3, abs=6e-4)


def pixels(image):
    return image.size, image.tobytes()


def test_report_shows_the_run_s_figures_and_pictures(run_program, run_dir):
    pictures = run_dir / "plots"
    run_program("weights", f"--run_dir={run_dir}").written()
    assert {path.name for path in pictures.glob("*.png")} >= {
        *("learning_curves.png", "kernels_conv1.png")
    }
    done = run_program("report", f"--run_dir={run_dir}")
    assert done.stderr == ""
    [page] = [path.read_text(encoding="utf-8") for path in done.written().values()]
    data = re.findall('src="data:image/[a-z]*;base64,([^"]*)"', page)
    shown = [Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB") for text in data]
    kept = [Image.open(path).convert("RGB") for path in pictures.glob("*.png")]
    assert sorted(map(pixels, shown)) == sorted(map(pixels, kept))
    last = json.loads((run_dir / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"<td>{last['test_accuracy']:.4g}</td>" in page

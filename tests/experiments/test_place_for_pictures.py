"""Where pictures are to go is tried before TensorFlow is imported or a data set is looked at."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
NEEDED = {
    "compare": ("--run_dirs={run},{run}/../other",),
    "dream": ("--layer=conv1",),
    "predict": ("--run_dir={run}", "--images={run}/../digit.png"),
}
# Says what was imported when the program ended. Of TensorFlow, what any import of it brings.
PROGRAM = """
import runpy, sys
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit as ended:
    print(ended.code, sorted({"tensorflow", "tfcnn.data.loading"} & set(sys.modules)))
"""


def drawing_programs():
    """Those that define ``--output_dir``."""
    for path in sorted((ROOT / "experiments").glob("*.py")):
        text = path.read_text()
        if "run_flags.RunFlag" in text and "draws=False" not in text:
            yield path.stem


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, sample):
    """A run whose data are gone: to look for them would be told."""
    folder = tmp_path_factory.mktemp("runs")
    architecture = tfcnn.model.parse("conv(2,5) max(4) flatten dense(10,act=linear)")
    for name in ("run", "other"):
        network = tfcnn.model.Network(architecture, (28, 28, 1))
        gone = dataclasses.replace(sample, name="idx:/gone")
        tfcnn.runs.save_as_run(folder / name, network, gone, {})
    pictures = sample.test.images[:1] / 255
    tfcnn.report.draw_image_grid(pictures, [""], folder / "digit.png", "", "A digit.")
    return folder / "run"


def test_all_programs_that_draw_are_tried():
    assert len(list(drawing_programs())) == 12


@pytest.mark.parametrize("program", drawing_programs())
def test_a_file_in_the_way_is_told_before_anything_is_computed(tmp_path, run_dir, program):
    (tmp_path / "file").touch()  # For root, too, no folder.
    output = tmp_path / "file" / "out"
    flags = [flag.format(run=run_dir) for flag in NEEDED.get(program, ())]
    if not any(flag.startswith("--run_dir") for flag in flags):
        flags.append(f"--run_dir={run_dir}")
    command = ["-c", PROGRAM.replace("sys.argv[0]", repr(f"experiments.{program}"))]
    done = subprocess.run(
        [sys.executable, *command, *flags, f"--output_dir={output}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout == "2 []\n"
    [line] = done.stderr.splitlines()
    assert f"--output_dir: expected a folder to write to, found {output}: Not a dir" in line


def test_pictures_of_another_run_are_not_replaced(tmp_path, run_dir):
    """Both would be called the same."""
    told = {"run_dir": str(run_dir.parent / "other"), "weights_sha256": "0" * 64}
    (tmp_path / "run.json").write_text(json.dumps(told))
    flags = f"--run_dir={run_dir}", f"--output_dir={tmp_path}"
    done = subprocess.run(
        [sys.executable, "-m", "experiments.weights", *flags],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    expected = "--output_dir: expected a folder without pictures of another network, found those of"
    assert f"{expected} '{run_dir.parent / 'other'}'" in line
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]

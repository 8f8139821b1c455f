"""The README's code runs as it is printed, on the digits of the repository."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import tfcnn

ROOT = pathlib.Path(__file__).parents[1]


def test_the_code_for_python(tmp_path, sample_folder):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    code = code.replace('"mnist"', repr(f"idx:{sample_folder}"))
    check = """
assert net.weights["conv1/kernel"].shape == (3, 3, 1, 32)
assert list(maps) == ["conv1/linear", "conv1", "pool1", "conv2/linear", "conv2", "flatten",
                      "dense1/linear", "dense1"], list(maps)
assert patterns.images.shape == (8, 28, 28, 1)
assert len(patterns.scores) == len(patterns.verdicts) == 8
"""
    done = subprocess.run(
        [sys.executable, "-c", code + check],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = tfcnn.load_run(tmp_path / "runs" / "python")
    assert [placed.name for placed in run.layers][-1] == "dense1"

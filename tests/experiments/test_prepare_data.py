from __future__ import annotations

import subprocess
import sys


def run(*flags):
    return subprocess.run(
        [sys.executable, "-m", "experiments.prepare_data", *flags],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_help_names_the_flags():
    done = run("--help")
    assert done.returncode == 0
    assert "--dataset=mnist" in done.stdout
    assert "--tfds_dir" in done.stdout


def test_wrong_flags_are_told_in_one_line(tmp_path):
    for flags, named in (
        (["--dataset=cifar10", f"--tfds_dir={tmp_path}"], "--dataset=cifar10"),
        ([], "--tfds_dir"),
    ):
        done = run(*flags)
        assert done.returncode == 2
        assert named in done.stderr
        assert len(done.stderr.splitlines()) == 1

"""What reaches stderr while a stand-in for TensorFlow is imported, C++ included."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
PROGRAM = """
import os
from experiments.command_line.quiet_tensorflow import quiet_tensorflow
quiet_tensorflow()
import tensorflow
assert tensorflow.__spec__.loader is tensorflow.__loader__
os.write(2, b"I0000 after the import\\n")
print(tensorflow.answer, os.environ["TF_CPP_MIN_LOG_LEVEL"])
"""
STAND_IN = """
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called ...\\n")
os.write(2, b"I0000 00:00:1795389 1 port.cc:153] a note\\n")
os.write(2, b"E0000 00:00:1795389 1 port.cc:153] an error\\n")
answer = 42
"""


@pytest.fixture
def imported(tmp_path):
    """Imports a package ``tensorflow`` with this source; gives what the process printed."""

    def run(source: str, **environment: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "tensorflow.py").write_text(source)
        kept = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=kept | {"PYTHONPATH": f"{tmp_path}:{ROOT}"} | environment,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


def test_notes_of_the_import_are_dropped_and_nothing_else(imported):
    done = imported(STAND_IN)
    assert done.stdout == "42 3\n"
    assert done.stderr == ("E0000 00:00:1795389 1 port.cc:153] an error\nI0000 after the import\n")


def test_a_users_own_level_is_left_alone(imported):
    done = imported(STAND_IN, TF_CPP_MIN_LOG_LEVEL="0")
    assert done.stdout == "42 0\n"
    assert "a note" in done.stderr


def test_an_import_that_fails_says_why(imported):
    done = imported(STAND_IN + "raise ImportError('no such processor')")
    assert done.returncode == 1
    assert "an error" in done.stderr
    assert "ImportError: no such processor" in done.stderr

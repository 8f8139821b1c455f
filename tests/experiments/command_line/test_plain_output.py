from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
PROGRAM = r"""
import logging
from experiments.command_line.plain_output import make_plain
from experiments.command_line.streams import make_lasting
make_lasting()
make_plain()
print("gr\u00f6\u00dfe \u5b57")
logging.getLogger("tfcnn.data").warning("%s: not used", "a\x1b[31m\nb")
"""


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("ascii", rb"gr\xf6\xdfe \u5b57"),
        ("utf-8", "größe 字".encode()),
        ("latin-1", b"gr\xf6\xdfe \\u5b57"),
    ],
)
def test_letters_that_stdout_lacks_are_escapes(encoding, told):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    assert done.stdout == told + b"\n"
    assert done.stderr == rb"a\x1b[31m\nb: not used" + b"\n"

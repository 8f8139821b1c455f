"""oneDNN is on wherever tfcnn trains, however TensorFlow and tfcnn are imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SWITCH = "TF_ENABLE_ONEDNN_OPTS"
# TensorFlow's own word on whether its operations are oneDNN's.
PROGRAM = """
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import {modules}
from tensorflow.python.util import _pywrap_util_port
said = [str(warning.message) for warning in caught if "oneDNN" in str(warning.message)]
print(json.dumps([_pywrap_util_port.IsMklEnabled(), said]))
"""


def onednn(modules: str, switch: str | None = None) -> tuple[bool, list[str]]:
    """Whether it is on after an import in a process of its own, and what was said about it."""
    environment = {name: value for name, value in os.environ.items() if name != SWITCH}
    if switch is not None:
        environment[SWITCH] = switch
    command = [sys.executable, "-c", PROGRAM.format(modules=modules)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("modules", ["experiments.train, tensorflow", "benchmarks.one_training"])
def test_it_is_on_where_nobody_has_chosen(modules):
    assert onednn(modules) == (True, [])


def test_a_user_who_switches_it_off_is_obeyed():
    assert onednn("tensorflow, tfcnn", switch="0") == (False, [])


def test_a_tensorflow_that_came_first_without_it_is_spoken_about():
    on, said = onednn("tensorflow, tfcnn")
    assert on == (not said)
    assert all("import tfcnn first, or set TF_ENABLE_ONEDNN_OPTS=1" in line for line in said)

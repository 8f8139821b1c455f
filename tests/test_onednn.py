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
import json, os, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    {imports}
from tensorflow.python.util import _pywrap_util_port
said = [str(warning.message) for warning in caught if "oneDNN" in str(warning.message)]
print(json.dumps([_pywrap_util_port.IsMklEnabled(), os.environ.get("TF_ENABLE_ONEDNN_OPTS"), said]))
"""


def onednn(imports: str, switch: str | None = None) -> list[object]:
    """Whether it is on, its switch, and what was said, after imports in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != SWITCH}
    if switch is not None:
        environment[SWITCH] = switch
    command = [sys.executable, "-c", PROGRAM.format(imports=imports)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("modules", ["experiments.train, tensorflow", "benchmarks.one_training"])
def test_it_is_on_where_nobody_has_chosen(modules):
    # The switch too: on many processors TensorFlow has oneDNN on without it.
    assert onednn(f"import {modules}") == [True, "1", []]


def test_a_user_who_switches_it_off_is_obeyed():
    assert onednn("import tensorflow, tfcnn", switch="0") == [False, "0", []]


def test_a_tensorflow_that_came_first_without_it_is_spoken_about():
    # Off on every processor, and nobody is seen to have chosen it.
    off = f"import tensorflow; del os.environ['{SWITCH}']; import tfcnn"
    on, switch, said = onednn(off, switch="0")
    assert (on, switch) == (False, None)
    (line,) = said
    assert line.endswith("import tfcnn first, or set TF_ENABLE_ONEDNN_OPTS=1")

"""The program that a newcomer reads first computes what the library does."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
import sys

import pytest

from experiments import plain
from tfcnn.errors import InputError

ROOT = pathlib.Path(__file__).parents[2]
# On one core, so both cut no batch; in a process of its own, where that can still be said.
PROGRAM = """
import sys
import numpy as np
import tfcnn
from experiments import plain
from tfcnn.model import Network, find

tfcnn.distributed.use_threads(1, find("simple"))
data = tfcnn.data.load(sys.argv[1])
network = Network(find("simple"), (28, 28, 1), seed=plain.SEED)
start = network.tensors()
weights = plain.train(data, epochs=8)
config = tfcnn.training.TrainConfig(epochs=8)
history = tfcnn.training.train(network, data, config, progress=False)
assert list(weights) == list(network.weights)
for path, weight in weights.items():
    np.testing.assert_array_equal(weight, network.weights[path], err_msg=path)
    assert np.abs(start[path] - weight).max() > 0.01, path
for row in history:
    print(f"test accuracy after epoch {row.epoch}: {row.test_accuracy:.2%}")
print("steps:", history[-1].step)
"""


def test_its_weights_are_those_of_train_to_the_last_bit(sample_folder):
    """Both do the same operations on the same shapes, so nothing is left to rounding.

    A tolerance would say less: where the last bit of one value differs, some pixel crosses the kink
    of a relu after about 50 steps, and the weights are apart by 0.05.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"idx:{sample_folder}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    *lines, steps = done.stdout.splitlines()
    assert steps == "steps: 56"
    assert lines[:8] == lines[8:]
    assert len(lines) == 16


def test_the_program_tells_the_accuracy_of_every_epoch(sample_folder):
    command = [sys.executable, "-m", "experiments.plain", f"--dataset=idx:{sample_folder}"]
    done = subprocess.run([*command, "--epochs=2"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert re.fullmatch(r"test accuracy after epoch 1: \d+\.00%", first)
    assert re.fullmatch(r"test accuracy after epoch 2: \d+\.00%", second)


def test_other_data_are_refused(sample):
    with pytest.raises(InputError, match=r"^dataset: expected 10 classes of \(28, 28, 1\), found "):
        plain.train(dataclasses.replace(sample, num_classes=11), epochs=1)


def test_it_stays_a_page():
    lines = pathlib.Path(plain.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 100

"""Two logical devices against one, in an interpreter of their own that makes them first."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
import numpy as np
import tensorflow as tf
import tfcnn
from tfcnn.model import Network, parse
from tfcnn.training import TrainConfig, train
from tfcnn.distributed import strategy_scope, use_threads

[processor] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
sample = tfcnn.data.load(f"idx:{sys.argv[1]}")
cases = json.loads(sys.argv[2])
use_threads(2, parse(cases[0]["arch"]))


def trained(strategy, arch, run_dir=None, **choices):
    with strategy_scope(strategy):
        network = Network(parse(arch), (28, 28, 1), seed=1)
        history = train(network, sample, TrainConfig(**choices), run_dir, progress=False)
        return network.tensors(), [row.to_json() for row in history]


for case in cases:
    try:
        (one, alone), (two, together) = (trained(name, **case) for name in ("none", "mirrored"))
    except tfcnn.errors.InputError as error:
        print(json.dumps({"refused": str(error)}))
        continue
    start = Network(parse(case["arch"]), (28, 28, 1), seed=1).tensors()
    print(json.dumps({
        "apart": max(float(np.abs(one[path] - two[path]).max()) for path in one),
        "moved": min(float(np.abs(one[path] - start[path]).max()) for path in one),
        "alone": alone,
        "together": together,
    }))
"""
ARCHITECTURE = "conv(4,5,stride=2) max(2) flatten dropout(0.2) dense(10,act=linear)"
# 363 images: 16 batches of 22 and a last one of 11, which two devices cannot share evenly.
SHARED = {
    "arch": ARCHITECTURE,
    "batch_size": 22,
    "validation_size": 37,
    "learning_rate": 0.02,
    "l2": 0.01,
}
CASES = {
    "204 steps": {"epochs": 12},
    "augmented, clipped": {"epochs": 2, "shift": 2.0, "rotation": 10.0, "clip_norm": 0.5},
    "a last batch of one image": {"epochs": 2, "batch_size": 181},
    "bfloat16": {"epochs": 1, "precision": "mixed_bfloat16"},
    "float16": {"epochs": 1, "precision": "mixed_float16", "optimizer": "rmsprop"},
    # With as many weights as the others: in one process TensorFlow's sums keep their size for good.
    "XLA": {"epochs": 1, "jit": True, "arch": "conv(4,5,stride=4) flatten dense(10,act=linear)"},
    "batchnorm": {"arch": "flatten batchnorm dense(10,act=linear)", "epochs": 1},
}
# How far the roundings of other sums carry the weights, which move by some tenths. In bfloat16 a
# weight on the border of two values may round to the other one.
TOLERANCES = {"bfloat16": 2e-3, "float16": 1e-3}


@pytest.fixture(scope="module")
def found(sample_folder):
    cases = [SHARED | choices for choices in CASES.values()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(sample_folder), json.dumps(cases)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(zip(CASES, results, strict=True))


@pytest.mark.parametrize("case", [name for name in CASES if name != "batchnorm"])
def test_two_devices_train_as_one(found, case):
    tolerance = TOLERANCES.get(case, 2e-5)
    assert found[case]["moved"] > 10 * tolerance
    assert found[case]["apart"] < tolerance
    for one, two in zip(found[case]["alone"], found[case]["together"], strict=True):
        assert one["step"] == two["step"]
        for name in ("train_loss", "test_loss", "validation_loss", "l2_penalty"):
            assert two[name] == pytest.approx(one[name], rel=max(1e-4, tolerance)), name
        assert two["test_accuracy"] == pytest.approx(one["test_accuracy"], abs=0.011)


def test_the_long_one_took_204_steps(found):
    assert found["204 steps"]["together"][-1]["step"] == 204


def test_batch_normalisation_is_refused(found):
    assert found["batchnorm"]["refused"].startswith(
        "architecture: expected no batchnorm with 2 replicas, "
    )

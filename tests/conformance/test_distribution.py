"""Two replicas train every layer as one device does, or refuse it because it mixes images.

On two logical processors, in an interpreter of its own that makes them first.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from tfcnn.model import Network, parse

ACROSS_THE_BATCH = "batchnorm"
L2 = 0.05
PROGRAM = f"""
import json, pickle, sys
import numpy as np
import tensorflow as tf
from tfcnn.errors import InputError
from tfcnn.distributed import strategy_scope, use_threads
from tfcnn.model import Network, parse
from tfcnn.training import TrainConfig, train

[processor] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
data, cases = pickle.load(sys.stdin.buffer)
use_threads(2, parse("flatten"))
# All images at once: two replicas take 12 and 13 of them.
config = TrainConfig(epochs=2, batch_size=25, learning_rate=0.1, l2={L2}, warmup=0)


def trained(strategy, case):
    # One device takes less time uncompiled, and gives a second answer so.
    tf.config.run_functions_eagerly(strategy == "none")
    with strategy_scope(strategy):
        network = Network(parse(case), data.train.images.shape[1:], seed=1)
        history = train(network, data, config, progress=False)
        return network.tensors(), [row.to_json() for row in history]


for case in cases:
    # TensorFlow keeps the sizes of sums by numbers that each strategy counts from here.
    tf.distribute.MirroredStrategy._collective_key_base += 100_000
    try:
        (one, alone), (two, together) = (trained(name, case) for name in ("none", "mirrored"))
    except InputError as error:
        print(json.dumps({{"refused": str(error)}}))
        continue
    start = Network(parse(case), data.train.images.shape[1:], seed=1).tensors()
    print(json.dumps({{
        "apart": max(float(np.abs(one[path] - two[path]).max()) for path in one),
        "moved": min(float(np.abs(one[path] - start[path]).max())
                     for path in one if path.endswith(("kernel", "bias"))),
        "alone": alone,
        "together": together,
    }}))
"""


@pytest.fixture(scope="module")
def found(cases, data):
    """Case -> what its trainings said."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=pickle.dumps((data, cases)), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith("{")]
    return dict(zip(cases, map(json.loads, lines), strict=True))


def test_two_replicas_train_as_one_device(found, case, data):
    result = found[case]
    if ACROSS_THE_BATCH in case:
        assert result["refused"].startswith(
            f"architecture: expected no {ACROSS_THE_BATCH} with 2 replicas, "
        )
        return
    assert result["moved"] > 1e-4
    assert result["apart"] < 1e-6
    for one, two in zip(result["alone"], result["together"], strict=True):
        for name in ("train_loss", "test_loss", "l2_penalty"):
            assert two[name] == pytest.approx(one[name], rel=1e-5), name
    # The penalty before the first step, by its formula.
    network = Network(parse(case), data.train.images.shape[1:], seed=1)
    penalty = 0.0
    for placed in network.layers:
        kernel = network.tensors().get(f"{placed.name}/kernel", np.zeros(()))
        own = getattr(placed.layer, "l2", None)
        penalty += (L2 if own is None else own) * np.sum(kernel.astype(np.float64) ** 2)
    assert result["alone"][0]["l2_penalty"] == pytest.approx(penalty, rel=1e-5)

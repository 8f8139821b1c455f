"""A run that 0.1.0 made is still read, and goes on to the bytes that 0.1.0 went on to.

``tests/data/run_of_0_1_0`` was made at commit d967515 by

    python -m experiments.train --dataset=idx:tests/data/sample --batch_size=20 --shift=1 \
      --threads=2 --arch='conv(4,5,stride=4) max(2) flatten dropout(0.1) dense(10,act=linear)' \
      --checkpoint_steps=30 --epochs=2 --run_dir=run

without its plots and TensorBoard's log, whose name has the machine in it. The same command with
``--epochs=3`` then gave ``after_3_epochs.safetensors``.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import Network
from tfcnn.runs import Run, load_run

FOLDER = pathlib.Path(__file__).parents[2] / "data" / "run_of_0_1_0"
RUN = FOLDER / "run"
# Of a convolution and its gradient on the machine that made the run. Where they are not these, it
# is not the training that counts in another way, but the processor or TensorFlow.
SAME_ARITHMETIC = "33dbcb7da00be2c5272f8ba8090a5389b89f6cd1c5663f2124b2df2c5d3cfcce"
PROGRAM = """
import hashlib, sys
import tensorflow as tf
import tfcnn

run_dir, dataset, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
config = tfcnn.open_run(run_dir).config
architecture = tfcnn.model.parse(config["architecture"])
tfcnn.distributed.use_threads(2, architecture)
data = tfcnn.data.load(dataset)
network = tfcnn.model.Network(architecture, (28, 28, 1))
choices = tfcnn.training.TrainConfig(**config["training"] | {"epochs": epochs})
tfcnn.training.train(network, data, choices, run_dir, resume="must", progress=False)

images = tf.constant(data.train.images[:10] / 255, tf.float32)
kernel = tf.random.stateless_normal([5, 5, 1, 4], [1, 2])
matrix = tf.random.stateless_normal([36, 10], [3, 4])
with tf.GradientTape() as tape:
    tape.watch(kernel)
    maps = tf.nn.max_pool2d(tf.nn.conv2d(images, kernel, 4, "VALID"), 2, 2, "VALID")
    logits = tf.reshape(maps, [10, 36]) @ matrix
    loss = tf.reduce_sum(tf.nn.log_softmax(logits)[:, 0])
print(hashlib.sha256(tape.gradient(loss, kernel).numpy().tobytes()).hexdigest())
"""


def go_on(run_dir, sample_folder, epochs):
    """Goes on with a run; whether this machine counts as the one did that made it."""
    command = [sys.executable, "-c", PROGRAM, run_dir, f"idx:{sample_folder}", str(epochs)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1] == SAME_ARITHMETIC


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(RUN, tmp_path / "run")


def assert_same(run_dir, expected, to_the_byte):
    found, wanted = run_dir / "weights.safetensors", Network.load(expected).tensors()
    for path, value in Network.load(found).tensors().items():
        # A choice, a seed or an order that was read in another way moves weights by 1e-2 and more.
        np.testing.assert_allclose(value, wanted[path], rtol=0, atol=1e-5, err_msg=path)
    if to_the_byte:
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (found, expected)]
        assert digests[0] == digests[1]


def test_its_network_classifies_as_it_did(sample):
    logits = load_run(RUN)(tf.constant(sample.test.images / 255, tf.float32)).numpy()
    last = json.loads((RUN / "metrics.jsonl").read_text().splitlines()[-1])
    hits = logits.argmax(axis=1) == sample.test.labels
    assert hits.mean() == last["test_accuracy"]
    right = logits[np.arange(100), sample.test.labels]
    losses = np.log(np.exp(logits).sum(axis=1)) - right
    assert losses.mean() == pytest.approx(last["test_loss"], rel=1e-5)


def test_its_checkpoints_are_read(sample):
    (first, start), *between, (last, end) = Run(RUN).states()
    assert (first, [step for step, _ in between], last) == (0, [20, 30], 40)
    trained = load_run(RUN)
    for path, value in trained.tensors().items():
        np.testing.assert_array_equal(end[path], value)
    for path, weight in Network(trained.architecture, (28, 28, 1), seed=0).weights.items():
        np.testing.assert_array_equal(start[path], weight)


def test_it_goes_on_to_a_third_epoch_as_0_1_0_did(copy, sample_folder):
    same_arithmetic = go_on(copy, sample_folder, epochs=3)
    assert_same(copy, FOLDER / "after_3_epochs.safetensors", same_arithmetic)


def test_it_goes_on_from_within_an_epoch_to_its_own_end(copy, sample_folder):
    shutil.rmtree(copy / "checkpoints" / "step-00000040")
    (copy / "weights.safetensors").unlink()
    same_arithmetic = go_on(copy, sample_folder, epochs=2)
    assert_same(copy, RUN / "weights.safetensors", same_arithmetic)

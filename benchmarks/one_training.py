"""Trains one network by tfcnn for a few epochs and prints its figures as a JSON object.

    python -m benchmarks.one_training --epochs=2 --batch_size=64 --threads=2

It takes the flags of `experiments.train` that choose the training. The images are MNIST's.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import tensorflow as tf
from absl import app, flags

import tfcnn
from experiments.command_line import config_flags

ARCHITECTURE = flags.DEFINE_string("arch", "simple", "As for experiments.train.")
THREADS = flags.DEFINE_integer(
    "threads", 0, "Cores, as experiments.train uses them; 0 leaves all to TensorFlow."
)
DETERMINISTIC = flags.DEFINE_boolean("deterministic", True, "As for experiments.train.")
IMAGES = flags.DEFINE_integer("images", 60_000, "Training images.")
SIZE = flags.DEFINE_integer("size", 28, "Pixels down and across; other sizes are interpolated.")
config_flags.define()


def resized(part: tfcnn.data.Split, count: int, size: int) -> tfcnn.data.Split:
    images = part.images[:count]
    if size != images.shape[1]:
        scaled = tf.image.resize(tf.cast(images, tf.float32), (size, size), antialias=True)
        images = np.rint(scaled.numpy()).astype(np.uint8)
    return tfcnn.data.Split(images, part.labels[:count])


def main(_: list[str]) -> None:
    config = config_flags.read()
    architecture = tfcnn.model.find(ARCHITECTURE.value)
    if THREADS.value:
        tfcnn.distributed.use_threads(THREADS.value, architecture, DETERMINISTIC.value)
    elif DETERMINISTIC.value:
        tf.config.experimental.enable_op_determinism()
    mnist = tfcnn.data.load("mnist")
    train, test = (resized(part, IMAGES.value, SIZE.value) for part in (mnist.train, mnist.test))
    data = dataclasses.replace(mnist, train=train, test=test)
    untrained = tfcnn.model.Network(architecture, data.train.images.shape[1:])
    last = tfcnn.training.train(untrained, data, config, progress=False)[-1]
    figures = {
        "seconds": last.seconds,
        "accuracy": last.test_accuracy,
        "version": f"tfcnn {tfcnn.__version__}, TensorFlow {tf.__version__}",
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    app.run(main)

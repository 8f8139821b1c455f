"""Trains one network by tfcnn for a few epochs and prints its figures as a JSON object.

    python -m benchmarks.one_training --arch=simple --batch_size=64 --threads=2

The recipe is the plain one of the peers: momentum 0.9 at a constant rate. The images are MNIST's.
"""

from __future__ import annotations

import dataclasses
import json
import resource

import numpy as np
import tensorflow as tf
from absl import app, flags

import tfcnn

ARCHITECTURE = flags.DEFINE_string("arch", "simple", "As for experiments.train.")
BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Images a step.")
PRECISION = flags.DEFINE_string("precision", "float32", "As for experiments.train.")
THREADS = flags.DEFINE_integer(
    "threads", 0, "Cores, as experiments.train uses them; 0 leaves all to TensorFlow."
)
EPOCHS = flags.DEFINE_integer("epochs", 2, "The last one's time counts.")
IMAGES = flags.DEFINE_integer("images", 60_000, "Training images.")
SIZE = flags.DEFINE_integer("size", 28, "Pixels down and across; other sizes are interpolated.")


def resized(part: tfcnn.data.Split, count: int, size: int) -> tfcnn.data.Split:
    images = part.images[:count]
    if size != images.shape[1]:
        scaled = tf.image.resize(tf.cast(images, tf.float32), (size, size), antialias=True)
        images = np.rint(scaled.numpy()).astype(np.uint8)
    return tfcnn.data.Split(images, part.labels[:count])


def main(_: list[str]) -> None:
    architecture = tfcnn.model.find(ARCHITECTURE.value)
    if THREADS.value:
        tfcnn.training.use_threads(THREADS.value, architecture)
    mnist = tfcnn.data.load("mnist")
    data = dataclasses.replace(
        mnist,
        train=resized(mnist.train, IMAGES.value, SIZE.value),
        test=resized(mnist.test, IMAGES.value, SIZE.value),
    )
    config = tfcnn.training.TrainConfig(
        epochs=EPOCHS.value,
        batch_size=BATCH_SIZE.value,
        learning_rate=0.05,
        nesterov=False,
        schedule="constant",
        warmup=0.0,
        l2=0.0,
        precision=PRECISION.value,
    )
    network = tfcnn.model.Network(architecture, data.train.images.shape[1:])
    last = tfcnn.training.train(network, data, config, progress=False)[-1]
    figures = {
        "seconds": last.seconds,
        "images_per_second": last.images_per_second,
        "accuracy": last.test_accuracy,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "version": f"tfcnn {tfcnn.__version__}, TensorFlow {tf.__version__}",
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    app.run(main)

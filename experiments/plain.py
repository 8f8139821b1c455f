"""Trains the network `simple` on one page: TensorFlow, NumPy, and nothing in between.

Read this file first. `experiments.train` computes the same, to the last bit on one core; besides,
it takes any network, many choices, several cores or machines, and goes on after a stop.

Example:
  python -m experiments.plain --dataset=mnist --epochs=5
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.errors import InputError
from tfcnn.training.batches import epoch_order

DATASET = flags.DEFINE_string("dataset", "mnist", "As for experiments.train, of 28 x 28 pixels.")
EPOCHS = flag_types.define_integer("epochs", 5, "Passes over the training images.", at_least=1)

BATCH, RATE, WARMUP, MOMENTUM, L2, LONGEST_GRADIENT, SEED = 64, 0.08, 0.2, 0.9, 7e-4, 3.0, 0


def train(data: tfcnn.data.Dataset, epochs: int) -> dict[str, Any]:
    """Trains for so many epochs and returns the weights: path -> variable."""
    images, labels = data.train.images, data.train.labels
    if images.shape[1:] != (28, 28, 1) or data.num_classes != 10:
        raise InputError(f"dataset: expected 10 classes of (28, 28, 1), found {data.name}")
    import tensorflow as tf  # Here and not above, so that --help answers at once.

    # Each weight is a variable with a name. A kernel is [height, width, in, out] or [in, out]; it
    # starts so that signals keep their size: He et al. 2015, without relu Glorot and Bengio 2010.
    kernels: dict[str, tuple[int, ...]] = {"conv1": (3, 3, 1, 32), "conv2": (3, 3, 32, 64)}
    kernels |= {"conv3": (3, 3, 64, 64), "dense1": (3 * 3 * 64, 100), "dense2": (100, 10)}
    weights = {}
    for layer, shape in kernels.items():
        path, inputs, outputs = f"{layer}/kernel", math.prod(shape[:-1]), shape[-1]
        deviation = math.sqrt(2 / (inputs + outputs if layer == "dense2" else inputs))
        random = np.random.default_rng([SEED, zlib.crc32(path.encode())]).standard_normal(shape)
        weights[path] = tf.Variable(deviation * random, dtype=tf.float32, name=path)
        weights[f"{layer}/bias"] = tf.Variable(tf.zeros(outputs), name=f"{layer}/bias")
    velocities = {path: tf.Variable(tf.zeros_like(weight)) for path, weight in weights.items()}
    mean, spread = (tf.constant(x / 255, tf.float32) for x in (images.mean(), images.std()))

    def logits_of(pixels: tf.Tensor) -> tf.Tensor:
        """uint8 [B, 28, 28, 1] -> float32 [B, 10]."""
        pixels = pixels[:, :26, :26]  # The last two rows and columns reach no pool's window.
        value = (tf.cast(pixels, tf.float32) / 255 - mean) / spread
        for layer in ("conv1", "conv2", "conv3"):  # [B, 12, 12, 32], [B, 5, 5, 64], [B, 3, 3, 64]
            value = tf.nn.conv2d(value, weights[f"{layer}/kernel"], strides=1, padding="VALID")
            # Bias and relu rise: after the maximum they give the same, for a quarter of the work.
            if layer != "conv3":
                value = tf.nn.max_pool2d(value, ksize=2, strides=2, padding="VALID")
            value = tf.nn.relu(value + weights[f"{layer}/bias"])
        value = tf.reshape(value, [-1, 3 * 3 * 64])
        value = tf.nn.relu(tf.matmul(value, weights["dense1/kernel"]) + weights["dense1/bias"])
        return tf.matmul(value, weights["dense2/kernel"]) + weights["dense2/bias"]

    @tf.function(autograph=False)  # Compiles it: Python only says which images and which rate.
    def step(pixels: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits_of(pixels))
            squares = [tf.reduce_sum(weights[f"{layer}/kernel"] ** 2) for layer in kernels]
            loss = tf.reduce_mean(losses) + L2 * tf.add_n(squares)
        gradients = tape.gradient(loss, list(weights.values()))
        gradients, _ = tf.clip_by_global_norm(gradients, LONGEST_GRADIENT)
        for path, gradient in zip(weights, gradients, strict=True):  # Nesterov's momentum.
            velocity = velocities[path].assign(MOMENTUM * velocities[path] - rate * gradient)
            weights[path].assign_add(MOMENTUM * velocity - rate * gradient)

    steps_an_epoch = math.ceil(len(labels) / BATCH)
    steps, warmup = epochs * steps_an_epoch, round(WARMUP * epochs * steps_an_epoch)
    for epoch in range(epochs):
        order = epoch_order(np.arange(len(labels), dtype=np.int32), SEED, epoch + 1)
        for place in range(steps_an_epoch):
            taken = epoch * steps_an_epoch + place
            # The rate rises in equal steps, then falls along half a wave of a cosine.
            wave = 1 + math.cos(math.pi * (taken - warmup) / (steps - warmup))
            rate = RATE * (taken + 1) / warmup if taken < warmup else RATE * wave / 2
            batch = order[place * BATCH : (place + 1) * BATCH]
            step(images[batch], labels[batch], tf.constant(rate, tf.float32))
        parts = [logits_of(part) for part in np.array_split(data.test.images, 20)]
        right = np.argmax(np.concatenate(parts), axis=1) == data.test.labels
        print(f"test accuracy after epoch {epoch + 1}: {right.mean():.2%}", flush=True)
    return weights


def main() -> None:
    """Reads the flags and trains."""
    train(tfcnn.data.load(DATASET.value), EPOCHS.value)


if __name__ == "__main__":
    program.run(main)

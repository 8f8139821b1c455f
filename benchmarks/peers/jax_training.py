"""Two epochs of the default network by JAX, one jitted step a call; the second one is timed.

    python benchmarks/peers/jax_training.py DIGITS.npz BATCH_SIZE

Prints a JSON object with seconds, accuracy and version. JAX takes the cores it finds.
"""

from __future__ import annotations

import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

CONVS = {"conv1": (3, 3, 1, 32), "conv2": (3, 3, 32, 64), "conv3": (3, 3, 64, 64)}
DENSES = {"dense1": (576, 100), "dense2": (100, 10)}


def start_weights() -> dict[str, tuple[jax.Array, jax.Array]]:
    """He-normal kernels, zero biases."""
    shapes = CONVS | DENSES
    keys = jax.random.split(jax.random.key(0), len(shapes))
    return {
        name: (
            jax.random.normal(key, shape) * np.sqrt(2 / np.prod(shape[:-1])),
            jnp.zeros(shape[-1]),
        )
        for key, (name, shape) in zip(keys, shapes.items(), strict=True)
    }


def logits_of(weights: dict[str, tuple[jax.Array, jax.Array]], images: jax.Array) -> jax.Array:
    values = images
    for name in CONVS:
        kernel, bias = weights[name]
        values = jax.lax.conv_general_dilated(
            values, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        values = jax.nn.relu(values + bias)
        if name != "conv3":
            window = (1, 2, 2, 1)
            values = jax.lax.reduce_window(values, -jnp.inf, jax.lax.max, window, window, "VALID")
    values = values.reshape(len(values), -1)
    values = jax.nn.relu(values @ weights["dense1"][0] + weights["dense1"][1])
    return values @ weights["dense2"][0] + weights["dense2"][1]


def loss_of(weights, images, labels):
    logarithms = jax.nn.log_softmax(logits_of(weights, images))
    return -jnp.mean(jnp.take_along_axis(logarithms, labels[:, None], axis=1))


@jax.jit
def step(weights, velocities, images, labels):
    gradients = jax.grad(loss_of)(weights, images, labels)
    velocities = jax.tree.map(lambda v, g: 0.9 * v - 0.05 * g, velocities, gradients)
    return jax.tree.map(jnp.add, weights, velocities), velocities


def main() -> None:
    digits, batch_size = np.load(sys.argv[1]), int(sys.argv[2])
    images, labels = digits["images"], digits["labels"].astype(np.int32)
    weights = start_weights()
    velocities = jax.tree.map(jnp.zeros_like, weights)
    random = np.random.default_rng(0)
    for _ in range(2):
        start = time.perf_counter()
        order = random.permutation(len(images))
        for first in range(0, len(images), batch_size):
            chosen = order[first : first + batch_size]
            weights, velocities = step(weights, velocities, images[chosen], labels[chosen])
        jax.block_until_ready(weights)
        seconds = time.perf_counter() - start
    tests = np.split(digits["test_images"], 20)
    classes = np.concatenate([np.argmax(jax.jit(logits_of)(weights, x), axis=1) for x in tests])
    accuracy = float(np.mean(classes == digits["test_labels"]))
    version = f"JAX {jax.__version__}"
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": version}))


if __name__ == "__main__":
    main()

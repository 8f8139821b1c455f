"""Gradients against central differences of the NumPy twin, which counts in float64 here.

In float64 a step of 1e-5 has a truncation error of about 1e-10 and a rounding error of about
1e-11, so what remains is the float32 rounding of the gradient under test.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.exchange import NumpyNetwork, export

STEP = 1e-5
TOLERANCE = 2e-5
PLACES = 12


def test_gradients_agree_with_finite_differences(network, images, differences, tmp_path):
    generator = np.random.default_rng(3)
    target = generator.normal(size=(len(images), network.classes)).astype(np.float32)
    pixels = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        value = tf.reduce_sum(tf.square(network(pixels) - target))
    gradients = tape.gradient(value, {**network.weights, "images": pixels})

    export(network, "npz", tmp_path / "n.npz")
    read = NumpyNetwork.load(tmp_path / "n.npz")
    arrays = {path: tensor.astype(np.float64) for path, tensor in read.tensors.items()}
    arrays["images"] = images.astype(np.float64)
    twin = dataclasses.replace(read, tensors=arrays)

    def loss():
        return np.sum((twin(arrays["images"]) - target) ** 2)

    assert float(value) == pytest.approx(loss(), rel=1e-5)
    for path, gradient in gradients.items():
        sizes = np.abs(gradient).ravel()
        chosen = generator.choice(sizes.size, min(sizes.size, PLACES), replace=False)
        places = [np.unravel_index(n, gradient.shape) for n in (sizes.argmax(), *chosen)]
        expected = differences(loss, arrays[path], places, STEP)
        actual = np.array([gradient.numpy()[place] for place in places])
        assert sizes.max() > 1e-2, path
        atol = TOLERANCE * max(sizes.max(), 1)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=atol, err_msg=path)

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import Network, parse
from tfcnn.training import losses


def test_cross_entropy_is_that_of_the_softmax():
    generator = np.random.default_rng(0)
    logits = generator.normal(scale=5, size=(50, 7))
    labels = generator.integers(0, 7, 50)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(softmax[np.arange(50), labels])
    found = losses.cross_entropy(tf.constant(logits, tf.float32), tf.constant(labels, tf.int32))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_cross_entropy_by_hand():
    logits = tf.constant([[0.0, 0.0], [np.log(3.0), 0.0], [1000.0, 0.0], [1000.0, 0.0]])
    found = losses.cross_entropy(logits, tf.constant([0, 1, 0, 1]))
    np.testing.assert_allclose(found, [np.log(2), np.log(4), 0.0, 1000.0], rtol=1e-6)


NETWORK = "conv(2,3) batchnorm conv(2,3,l2=0.5) flatten dense(4,l2=0) dense(3,act=linear)"


def test_a_coefficient_for_every_kernel_unless_the_layer_has_its_own():
    network = Network(parse(NETWORK), (6, 6, 1))
    assert losses.l2_coefficients(network, 0.25) == {
        "conv1/kernel": 0.25,
        "conv2/kernel": 0.5,
        "dense2/kernel": 0.25,
    }
    assert losses.l2_coefficients(network, 0.0) == {"conv2/kernel": 0.5}


def test_a_depthwise_kernel_has_a_penalty():
    network = Network(parse("depthwise(3,multiplier=2) depthwise(2,l2=0.5)"), (6, 6, 3))
    coefficients = {"depthwise1/kernel": 0.25, "depthwise2/kernel": 0.5}
    assert losses.l2_coefficients(network, 0.25) == coefficients


def test_penalty_sums_the_squares_of_kernels_only():
    network = Network(parse(NETWORK), (6, 6, 1))
    for weight in network.weights.values():
        weight.assign(tf.fill(weight.shape, 2.0))
    # 3*3*1*2 = 18 and 3*3*2*2 = 36 kernel weights, 4*3 = 12 in the last layer; each squared is 4.
    penalty = losses.l2_penalty(network.weights, losses.l2_coefficients(network, 0.25))
    assert penalty.numpy() == pytest.approx(0.25 * 4 * 18 + 0.5 * 4 * 36 + 0.25 * 4 * 12)


def test_penalty_has_no_gradient_in_anything_but_kernels():
    network = Network(parse(NETWORK), (6, 6, 1))
    coefficients = losses.l2_coefficients(network, 0.25)
    with tf.GradientTape() as tape:
        penalty = losses.l2_penalty(network.weights, coefficients)
    for path, gradient in tape.gradient(penalty, dict(network.weights)).items():
        if path in coefficients:
            expected = 2 * coefficients[path] * network.weights[path].numpy()
            np.testing.assert_allclose(gradient, expected, rtol=1e-6)
        else:
            assert gradient is None, path


def test_no_coefficients_no_penalty():
    assert losses.l2_penalty({}, {}).numpy() == 0.0

"""Compiled by XLA, the forward pass and its gradients are what they are without."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def test_logits_and_gradients_compiled_by_xla_agree(network, images):
    def logits_and_gradients(pixels):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            logits = network(pixels)
            value = tf.reduce_sum(tf.square(logits - 0.5))
        return {"logits": logits} | tape.gradient(value, {**network.weights, "images": pixels})

    pixels = tf.constant(images)
    plain = logits_and_gradients(pixels)
    for name, value in tf.function(logits_and_gradients, jit_compile=True)(pixels).items():
        scale = np.abs(plain[name]).max()
        np.testing.assert_allclose(value, plain[name], atol=5e-6 * max(scale, 1), err_msg=name)

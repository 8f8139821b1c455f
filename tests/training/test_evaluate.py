from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.reading import IMAGES_A_CALL
from tfcnn.training.evaluate import compile_evaluate


@pytest.mark.parametrize("count", [1, 77, IMAGES_A_CALL, 2 * IMAGES_A_CALL + 37])
def test_every_image_counts_once(small_network, sample, count):
    generator = np.random.default_rng(count)
    indices = generator.integers(0, 400, count)
    images, labels = sample.train.images[indices], sample.train.labels[indices]
    small_network.normalize_to(sample.train.images)
    logits = small_network(tf.constant(images / 255, tf.float32)).numpy().astype(np.float64)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(count), labels]

    for parts in (1, 2, 3):
        found = compile_evaluate(small_network, parts)(images, labels)
        assert found.loss == pytest.approx(losses.mean(), rel=1e-5)
        assert found.accuracy == np.mean(logits.argmax(axis=1) == labels)


def test_weights_are_read_anew(small_network, sample):
    evaluate = compile_evaluate(small_network)
    evaluate(sample.test.images, sample.test.labels)
    for weight in small_network.weights.values():
        weight.assign(tf.zeros_like(weight))
    small_network.weights["dense1/bias"].assign(np.eye(10, dtype=np.float32)[3] * 20)
    found = evaluate(sample.test.images, sample.test.labels)
    # It now says 3 to everything, and one test digit in ten is a 3.
    assert found.accuracy == 0.1
    assert found.loss == pytest.approx(0.9 * 20, rel=1e-5)

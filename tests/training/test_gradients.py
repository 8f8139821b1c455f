from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.distributed.shards import Shard
from tfcnn.model import Network, parse
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import StepChoices, shard_gradients
from tfcnn.training.losses import l2_coefficients, l2_penalty

# Smooth, so that differences of 1e-3 see no kink.
TEXT = "conv(4,3,act=tanh) average(2) conv(6,3,act=tanh) flatten dense(10,act=linear)"


def batch_of(sample, count=24):
    pixels = tf.constant(sample.train.images[:count] / 255, tf.float32)
    return pixels, tf.constant(sample.train.labels[:count])


def found(sample, scale=1.0, parts=1, text=TEXT, **choices):
    network = Network(parse(text), (28, 28, 1), seed=2)
    images, labels = batch_of(sample)
    rest = tf.constant([0, 0]), len(labels), tf.constant(scale)
    return shard_gradients(
        network, StepChoices(TrainConfig(**choices)), Shard(parts), images, labels, *rest
    )


def test_gradients_are_those_of_finite_differences(sample):
    network = Network(parse(TEXT), (28, 28, 1), seed=2)
    images, labels = batch_of(sample)
    rest = images, labels, tf.constant([0, 0]), len(labels), tf.constant(1.0)
    arguments = network, StepChoices(TrainConfig(l2=0.02)), Shard(), *rest
    gradients = shard_gradients(*arguments).gradients
    for path, weight in network.weights.items():
        direction = np.sign(gradients[path].numpy())  # The steepest of all of size 1.
        start, losses = weight.numpy(), []
        for side in (-1e-3, 1e-3):
            weight.assign(start + side * direction)
            batch = shard_gradients(*arguments)
            losses.append((batch.loss / len(labels) + batch.l2_penalty).numpy())
        weight.assign(start)
        slope = (losses[1] - losses[0]) / 2e-3
        assert slope == pytest.approx(np.abs(gradients[path]).sum(), rel=2e-2), path


@pytest.mark.parametrize("compiled", [False, True])
def test_the_terms_of_a_gradient_are_added_in_one_order(sample, compiled):
    """Part 0, the penalty, then the other parts: in another order float32 rounds otherwise."""
    network = Network(parse(TEXT), (28, 28, 1), seed=2)
    images, labels = batch_of(sample)
    choices = {l2: StepChoices(TrainConfig(l2=l2)) for l2 in (0.0, 0.3)}

    def gradients_of(choices, shard, rows):
        rest = tf.constant([0, 0]), len(labels), tf.constant(1.0)
        some = images[rows], labels[rows]
        return shard_gradients(network, choices, shard, *some, *rest).gradients

    def whole():
        return gradients_of(choices[0.3], Shard(3), slice(None))

    together = (tf.function(whole) if compiled else whole)()
    parts = [gradients_of(choices[0.0], Shard(), slice(at, at + 8)) for at in (0, 8, 16)]
    orders = set()
    for path, weight in network.weights.items():
        with tf.GradientTape() as tape:
            penalty = l2_penalty(network.weights, l2_coefficients(network, 0.3))
        of_penalty = tape.gradient(penalty, weight, unconnected_gradients="zero").numpy()
        first, *others = (part[path].numpy() for part in parts)
        total = first + of_penalty
        for other in others:
            total = total + other
        assert together[path].numpy().tobytes() == total.tobytes(), path
        orders.add(total.tobytes() == (first + others[0] + others[1] + of_penalty).tobytes())
    assert False in orders  # So the order is seen.


def test_a_scale_is_on_all_gradients_and_on_nothing_else(sample):
    once, scaled = found(sample), found(sample, scale=8.0)
    for path, gradient in once.gradients.items():
        np.testing.assert_allclose(scaled.gradients[path], 8 * gradient, rtol=1e-6)
    assert scaled.loss == once.loss and scaled.l2_penalty == once.l2_penalty


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_mixed_precision_rounds_the_layers_and_keeps_float32_gradients(sample, precision):
    exact, rounded = found(sample), found(sample, precision=precision)
    # bfloat16 has 8 significant bits, float16 has 11; a handful of roundings in a row.
    tolerance = {"mixed_bfloat16": 0.2, "mixed_float16": 0.03}[precision]
    for path, gradient in exact.gradients.items():
        assert rounded.gradients[path].dtype == tf.float32
        distance = np.linalg.norm(rounded.gradients[path] - gradient) / np.linalg.norm(gradient)
        assert 1e-5 < distance < tolerance, path
    assert rounded.loss.numpy() == pytest.approx(exact.loss.numpy(), rel=tolerance)
    assert rounded.loss != exact.loss


def test_moving_statistics_stay_float32(sample):
    text = "conv(4,3,act=linear) batchnorm flatten dense(10,act=linear)"
    exact, rounded = found(sample, text=text), found(sample, text=text, precision="mixed_bfloat16")
    for path, value in exact.moved.items():
        assert rounded.moved[path].dtype == tf.float32
        np.testing.assert_allclose(rounded.moved[path], value, rtol=0.02, atol=1e-2)


def test_the_shards_of_a_batch_add_up_to_its_gradient(sample):
    network = Network(parse(TEXT), (28, 28, 1), seed=2)
    images, labels = batch_of(sample, count=7)

    def gradients_of(shard):
        rest = tf.constant([0, 0]), 7, tf.constant(1.0)
        own = shard.of(images), shard.of(labels)
        return shard_gradients(network, StepChoices(TrainConfig(l2=0.02)), shard, *own, *rest)

    whole = gradients_of(Shard())
    found = [gradients_of(Shard(1, replica, 3)) for replica in range(3)]
    for path, gradient in whole.gradients.items():
        total = sum(batch.gradients[path].numpy() for batch in found)
        np.testing.assert_allclose(total, gradient, rtol=1e-4, atol=1e-6, err_msg=path)
    assert sum(batch.loss.numpy() for batch in found) == pytest.approx(whole.loss.numpy())
    assert sum(batch.correct.numpy() for batch in found) == whole.correct.numpy()
    assert {batch.l2_penalty.numpy() for batch in found} == {whole.l2_penalty.numpy()}

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfcnn.training.loss_scale import GROWTH_STEPS, LossScale

FINE, OVERFLOWED = (
    {"a": tf.constant([1.0, -2.0])},
    {"a": tf.constant([1.0]), "b": tf.constant([np.inf])},
)


def test_gradients_are_divided_by_the_factor():
    scale = LossScale()
    assert scale.factor.numpy() == 32768.0
    np.testing.assert_array_equal(scale.unscaled({"a": tf.constant([32768.0])})["a"], [1.0])


def test_an_overflow_is_refused_and_halves_the_factor():
    scale = LossScale()
    assert scale.accepts(FINE)
    assert not scale.accepts(OVERFLOWED)
    assert scale.factor.numpy() == 16384.0
    assert not scale.accepts({"a": tf.constant([np.nan])})
    assert scale.factor.numpy() == 8192.0


def test_it_does_not_fall_below_1():
    scale = LossScale()
    for _ in range(20):
        scale.accepts(OVERFLOWED)
    assert scale.factor.numpy() == 1.0


def test_it_doubles_after_enough_finite_steps_in_a_row():
    scale = LossScale()
    accepts = tf.function(scale.accepts)
    for _ in range(GROWTH_STEPS - 1):
        accepts(FINE)
    assert scale.factor.numpy() == 32768.0
    accepts(OVERFLOWED)  # The count starts again.
    for _ in range(GROWTH_STEPS - 1):
        accepts(FINE)
    assert scale.factor.numpy() == 16384.0
    accepts(FINE)
    assert scale.factor.numpy() == 32768.0

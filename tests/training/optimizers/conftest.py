from __future__ import annotations

import pytest
import tensorflow as tf


@pytest.fixture
def steps_of():
    """Takes a weight that starts at 1 through an optimizer's steps and returns where it was."""

    def take(make, gradients, rates):
        weight = tf.Variable(1.0)
        optimizer = make({"dense1/kernel": weight})
        values = []
        for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
            optimizer.apply(
                {"dense1/kernel": tf.constant(gradient)},
                tf.constant(rate),
                tf.constant(step, tf.int64),
            )
            values.append(float(weight))
        return values

    return take

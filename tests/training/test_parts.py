from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.training.parts import in_parts


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_are_joined_in_order_none_is_empty_and_they_differ_by_at_most_one(count, parts):
    lengths = []

    def squared(number, part):
        assert number == len(lengths)
        lengths.append(len(part))
        return part**2

    np.testing.assert_array_equal(in_parts(squared, tf.range(count), parts), np.arange(count) ** 2)
    assert sum(lengths) == max(count, parts)
    assert 1 <= min(lengths) <= max(lengths) <= min(lengths) + 1


def test_an_image_that_only_fills_a_part_has_no_gradient():
    batch = tf.constant([3.0])
    with tf.GradientTape() as tape:
        tape.watch(batch)
        value = tf.reduce_sum(in_parts(lambda _, part: part**2, batch, 4))
    np.testing.assert_array_equal(tape.gradient(value, batch), [6.0])

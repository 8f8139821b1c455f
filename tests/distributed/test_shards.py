from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.distributed.shards import Shard


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_are_joined_in_order_none_is_empty_and_they_differ_by_at_most_one(count, parts):
    lengths = []

    def squared(number, part):
        assert number == len(lengths)
        lengths.append(len(part))
        return part**2

    np.testing.assert_array_equal(
        Shard(parts).in_parts(squared, tf.range(count)), np.arange(count) ** 2
    )
    assert sum(lengths) == max(count, parts)
    assert 1 <= min(lengths) <= max(lengths) <= min(lengths) + 1


def test_an_image_that_only_fills_a_part_has_no_gradient():
    batch = tf.constant([3.0])
    with tf.GradientTape() as tape:
        tape.watch(batch)
        value = tf.reduce_sum(Shard(4).in_parts(lambda _, part: part**2, batch))
    np.testing.assert_array_equal(tape.gradient(value, batch), [6.0])


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 32])
@pytest.mark.parametrize(("replicas", "parts"), [(2, 1), (3, 1), (2, 2), (4, 1)])
def test_replicas_take_what_one_device_takes_in_as_many_parts(count, replicas, parts):
    def noted(seen):
        return lambda number, part: seen.setdefault(number, part.numpy().tolist()) and part

    batch, together, alone = tf.range(100, 100 + count), {}, {}
    joined = []
    for replica in range(replicas):
        shard = Shard(parts, replica, replicas)
        own = shard.of(batch)
        result = shard.in_parts(noted(together), own)
        np.testing.assert_array_equal(result, own)
        joined += result.numpy().tolist()
    Shard(replicas * parts).in_parts(noted(alone), batch)
    assert joined == batch.numpy().tolist()
    assert together == alone


def test_random_numbers_belong_to_the_part_of_the_whole_batch():
    seed = tf.constant([5, 7])
    seeds = [Shard(2, replica, 2).seed_of_part(seed, 2 * replica).numpy() for replica in (0, 1)]
    np.testing.assert_array_equal(seeds, [Shard(4).seed_of_part(seed, n).numpy() for n in (0, 2)])

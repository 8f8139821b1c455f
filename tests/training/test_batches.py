from __future__ import annotations

import numpy as np
import pytest

from tfcnn.training.batches import epoch_order, split_validation

INDICES = np.arange(100, 400, 3, dtype=np.int32)


def test_an_epoch_has_every_image_once():
    for epoch in (1, 2, 77):
        order = epoch_order(INDICES, seed=4, epoch=epoch)
        assert order.dtype == np.int32
        assert sorted(order) == list(INDICES)


def test_order_depends_on_seed_and_epoch_alone():
    order = epoch_order(INDICES, seed=4, epoch=2)
    np.random.seed(99)
    epoch_order(INDICES, seed=4, epoch=1)
    assert list(epoch_order(INDICES, seed=4, epoch=2)) == list(order)


def test_every_seed_and_epoch_has_its_own_order():
    orders = {
        tuple(epoch_order(INDICES, seed, epoch)) for seed in range(5) for epoch in range(1, 6)
    }
    assert len(orders) == 25


def test_every_image_comes_at_every_time_of_an_epoch():
    # The mean place of an image over 500 epochs is 49.5, with a deviation of 28.9/sqrt(500) = 1.3.
    places = [np.argsort(epoch_order(INDICES, seed=1, epoch=epoch)) for epoch in range(1, 501)]
    means = np.mean(places, axis=0)
    assert np.all(np.abs(means - 49.5) < 5 * 1.3)


@pytest.mark.parametrize("size", [0, 1, 60, 99])
def test_validation_images_are_held_out_of_training(size):
    training, validation = split_validation(100, size, seed=3)
    assert (len(training), len(validation)) == (100 - size, size)
    assert sorted([*training, *validation]) == list(range(100))
    for part in (training, validation):
        assert part.dtype == np.int32
        assert np.all(np.diff(part) > 0)


def test_validation_images_depend_on_the_seed_alone():
    first, again, other = (split_validation(1000, 100, seed)[1] for seed in (3, 3, 4))
    assert list(first) == list(again)
    assert list(first) != list(other)


def test_validation_images_come_from_everywhere():
    _, validation = split_validation(10_000, 1000, seed=0)
    # Of each tenth about 100 images, with a deviation of 9.
    counts = np.bincount(validation // 1000, minlength=10)
    assert np.all(np.abs(counts - 100) < 5 * 9)

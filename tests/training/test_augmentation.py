from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from tfcnn.training.augmentation import augmented, transformed
from tfcnn.training.config import TrainConfig


def moved(images, down=0.0, right=0.0, angle=0.0, scale=1.0):
    count = len(images)
    values = [tf.fill([count], np.float32(v)) for v in (down, right, angle, scale)]
    return transformed(tf.constant(images, tf.float32), *values).numpy()


def noise(height=9, width=12, channels=2, count=3):
    return np.random.default_rng(0).uniform(size=(count, height, width, channels))


def test_whole_pixels_are_shifted_down_and_right_and_zeros_come_in():
    images = noise()
    expected = np.zeros_like(images)
    expected[:, 2:, :-3] = images[:, :-2, 3:]
    np.testing.assert_allclose(moved(images, down=2, right=-3), expected, rtol=1e-5, atol=1e-6)


def test_half_a_pixel_is_the_mean_of_two():
    images = noise()
    found = moved(images, right=0.5)
    np.testing.assert_allclose(found[:, :, 1:], (images[:, :, 1:] + images[:, :, :-1]) / 2, 1e-5)


def test_a_quarter_turn_is_counter_clockwise():
    images = noise(height=11, width=11)
    expected = np.rot90(images, axes=(1, 2))
    np.testing.assert_allclose(moved(images, angle=np.pi / 2), expected, rtol=1e-4, atol=1e-5)


def test_twice_the_size_about_the_centre():
    images = np.zeros((1, 11, 11, 1))
    images[0, 5, 7] = 1.0  # Two to the right of the centre, so four in the result.
    found = moved(images, scale=2.0)[0, ..., 0]
    assert np.unravel_index(found.argmax(), found.shape) == (5, 9)
    np.testing.assert_allclose(found[5, 8:11], [0.5, 1.0, 0.5], atol=1e-6)


def test_all_together_as_scipy_has_it():
    images = noise(height=15, width=20, channels=1)
    down, right, angle, scale = 1.7, -2.2, 0.3, 1.15
    centre = np.array([(15 - 1) / 2, (20 - 1) / 2])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / scale
    # In (row, column): the input position of each output position.
    offset = centre - turn @ (centre + np.array([down, right]))
    expected = [
        scipy.ndimage.affine_transform(image, turn, offset, order=1, mode="grid-constant")
        for image in images[..., 0]
    ]
    found = moved(images, down, right, angle, scale)[..., 0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def dot(count):
    images = np.zeros((count, 21, 21, 1), np.float32)
    images[:, 10, 10] = 1.0
    return tf.constant(images)


def centres(images):
    rows = (images[..., 0] * np.arange(21)[:, np.newaxis]).sum((1, 2)) / images[..., 0].sum((1, 2))
    columns = (images[..., 0] * np.arange(21)).sum((1, 2)) / images[..., 0].sum((1, 2))
    return rows - 10, columns - 10


def test_shifts_are_uniform_within_the_bound_and_independent():
    found = augmented(dot(4000), tf.constant([1, 2]), TrainConfig(shift=2.0)).numpy()
    for offsets in centres(found):
        assert np.abs(offsets).max() <= 2.0 + 1e-5
        # Uniform on [-2, 2]: mean 0, deviation 2 / sqrt(3); five standard errors.
        assert abs(offsets.mean()) < 5 * 2 / np.sqrt(3 * 4000)
        assert offsets.std() == pytest.approx(2 / np.sqrt(3), rel=0.05)
    assert abs(np.corrcoef(*centres(found))[0, 1]) < 0.08


def test_rotation_and_scaling_keep_their_bounds():
    images = np.zeros((2000, 41, 41, 1), np.float32)
    images[:, 20, 36] = 1.0  # 16 to the right of the centre.

    def places(**choices):
        found = augmented(tf.constant(images), tf.constant([0, 5]), TrainConfig(**choices)).numpy()
        weights = found[..., 0] / found[..., 0].sum((1, 2), keepdims=True)
        rows, columns = np.mgrid[:41, :41] - 20
        return (weights * rows).sum((1, 2)), (weights * columns).sum((1, 2))

    rows, columns = places(rotation=10.0)
    angles = np.degrees(np.arctan2(-rows, columns))
    assert 9.5 < np.abs(angles).max() < 10.5
    assert angles.std() == pytest.approx(10 / np.sqrt(3), rel=0.05)
    rows, columns = places(scaling=0.2)
    np.testing.assert_allclose(rows, 0, atol=1e-4)
    assert 0.79 < columns.min() / 16 < 0.82 and 1.18 < columns.max() / 16 < 1.21


def test_the_seed_decides():
    images = tf.constant(noise(), tf.float32)
    config = TrainConfig(shift=2.0, rotation=10.0, scaling=0.1)
    first, again, other = (
        augmented(images, tf.constant([3, step]), config).numpy() for step in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_without_augmentation_the_same_tensor_comes_back():
    images = dot(2)
    assert augmented(images, tf.constant([0, 0]), TrainConfig()) is images

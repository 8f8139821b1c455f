from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from tfcnn.ascent.smoothing import SHIFTS, blur, shift


@pytest.fixture(params=[(6, 9, 1), (7, 5, 3)], ids=["grey", "colour"])
def images(request):
    return np.random.default_rng(0).random((4, *request.param), np.float32)


@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.5, 4.0])
def test_blur_is_scipys_with_black_outside(images, sigma):
    height, width = images.shape[1:3]
    expected = images.astype(np.float64)
    for axis, length in ((1, height), (2, width)):
        expected = scipy.ndimage.gaussian_filter1d(
            expected, sigma, axis, mode="constant", radius=length
        )
    np.testing.assert_allclose(blur(images, sigma), expected, atol=1e-6)


def test_blur_is_scipys_isotropic_filter():
    images = np.random.default_rng(1).random((3, 28, 28, 1), np.float32)
    for sigma in (0.7, 1.5):
        expected = [
            scipy.ndimage.gaussian_filter(image, sigma, mode="constant", truncate=10)
            for image in images[..., 0].astype(np.float64)
        ]
        np.testing.assert_allclose(blur(images, sigma)[..., 0], expected, atol=1e-6)


def test_blur_near_zero_leaves_images_as_they_are(images):
    np.testing.assert_array_equal(blur(images, 0.0), images)
    np.testing.assert_array_equal(blur(images, tf.constant(1e-9)), images)


def test_blur_is_its_own_adjoint(images):
    # <blur(x), y> = <x, blur(y)>: what the gradient of a blurred image relies on.
    other = np.random.default_rng(2).random(images.shape, np.float32)
    left = np.sum(np.float64(blur(images, 1.2)) * other)
    right = np.sum(images * np.float64(blur(other, 1.2)))
    assert left == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("by", SHIFTS)
def test_shift_is_a_roll_of_the_padded_image(images, by):
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    expected = np.roll(padded, by, axis=(1, 2))[:, 1:-1, 1:-1]
    np.testing.assert_array_equal(shift(images, by), expected)


def test_shifts_are_none_and_one_pixel_in_each_direction():
    assert SHIFTS[0] == (0, 0)  # A recipe without shifts takes the first alone.
    assert set(SHIFTS) == {(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)}

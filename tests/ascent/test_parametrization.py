from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from tfcnn.ascent.parametrization import Fourier, Pixels
from tfcnn.ascent.recipe import Recipe

SHAPES = [(8, 8, 1), (7, 9, 3)]  # An odd width: its spectrum has no Nyquist column.
START = tf.constant(0.0)


def images_of(shape, count=3):
    return np.random.default_rng(0).uniform(0.05, 0.95, (count, *shape)).astype(np.float32)


def whole(shape):
    return tf.ones([1, *shape[:2], 1], bool)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("kind", "recipe"), [(Pixels, Recipe()), (Fourier, Recipe(image="fourier"))]
)
def test_start_is_the_point_of_the_start_images(kind, recipe, shape):
    starts = images_of(shape)
    parametrization = kind(tf.constant(starts), whole(shape), recipe)
    images = parametrization.image(parametrization.start(), START)
    np.testing.assert_allclose(images, starts, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_fourier_is_the_sigmoid_of_a_spectrum_that_decays(shape):
    height, width, channels = shape
    starts = images_of(shape, 1)
    parametrization = Fourier(tf.constant(starts), whole(shape), Recipe(image="fourier"))
    down, across = 1, 3
    point = np.zeros((1, channels, height, width // 2 + 1, 2), np.float32)
    point[0, 0, down, across, 0] = 1
    image = parametrization.image(tf.constant(point), START).numpy()[0]
    levels = np.log(image / (1 - image))
    rows, columns = np.mgrid[:height, :width]
    wave = np.cos(2 * np.pi * (down * rows / height + across * columns / width))
    frequency = np.hypot(down / height, across / width)
    # A real image has each of these coefficients twice; the inverse transform divides by h w.
    expected = 2 * wave / frequency * np.sqrt(height * width) / 4 / (height * width)
    np.testing.assert_allclose(levels[..., 0], expected, atol=1e-4)
    np.testing.assert_allclose(levels[..., 1:], 0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_fourier_stays_in_bounds_from_black_and_white(shape):
    starts = np.zeros((2, *shape), np.float32)
    starts[1] = 1
    parametrization = Fourier(tf.constant(starts), whole(shape), Recipe(image="fourier"))
    point = 100 * parametrization.start()
    images = parametrization.image(point, START).numpy()
    assert np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1
    assert images[0].max() < 0.5 < images[1].min()


def test_pixels_are_blurred_less_and_less():
    starts = images_of((12, 12, 1))
    recipe = Recipe(image_blur=(2.0, 0.5))
    parametrization = Pixels(tf.constant(starts), whole((12, 12, 1)), recipe)
    for done, sigma in ((0.0, 2.0), (0.5, 1.25), (1.0, 0.5)):
        expected = [
            scipy.ndimage.gaussian_filter(image, sigma, mode="constant", radius=12)
            for image in starts[..., 0].astype(np.float64)
        ]
        images = parametrization.image(parametrization.start(), tf.constant(done))
        np.testing.assert_allclose(images[..., 0], expected, atol=1e-5)


def test_gradient_is_blurred_and_never_pushes_out_of_the_box():
    starts = np.float32([0.0, 0.0, 0.5, 1.0, 1.0]).reshape(1, 1, 5, 1)
    gradient = np.float32([-1, 2, -3, 4, -5]).reshape(1, 1, 5, 1)
    parametrization = Pixels(tf.constant(starts), whole((1, 5, 1)), Recipe())
    followed = parametrization.ascent(tf.constant(starts), tf.constant(gradient), START)
    assert followed.numpy().ravel().tolist() == [0, 2, -3, 0, -5]

    grey = tf.fill([1, 1, 5, 1], 0.5)
    blurring = Pixels(grey, whole((1, 5, 1)), Recipe(gradient_blur=(1.0, 0.5)))
    for done, sigma in ((0.0, 1.0), (1.0, 0.5)):
        expected = scipy.ndimage.gaussian_filter1d(
            np.float64(gradient.ravel()), sigma, mode="constant", radius=5
        )
        followed = blurring.ascent(grey, tf.constant(gradient), tf.constant(done))
        # The blur down the single row loses what leaves the image: a factor.
        ratio = followed.numpy().ravel() / expected
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_energy_is_a_bound_on_the_distance_from_mid_grey(shape):
    starts = images_of(shape)
    starts[0] = 0.5 + 0.001 * (starts[0] - 0.5)  # Within the budget already.
    parametrization = Pixels(tf.constant(starts), whole(shape), Recipe(energy=0.8))
    images = parametrization.image(parametrization.start(), START).numpy()
    norms = np.linalg.norm((images - 0.5).reshape(3, -1), axis=1)
    np.testing.assert_allclose(images[0], starts[0], atol=1e-6)
    np.testing.assert_allclose(norms[1:], 0.8, rtol=1e-5)
    for image, start in zip(images[1:], starts[1:], strict=True):
        cosine = np.sum((image - 0.5) * (start - 0.5)) / 0.8 / np.linalg.norm(start - 0.5)
        assert cosine == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [
        (Pixels, Recipe(energy=0.5)),
        (Pixels, Recipe(image_blur=(1.0, 1.0))),
        (Fourier, Recipe(image="fourier", energy=0.5)),
    ],
)
def test_outside_the_region_images_stay_as_they_start(kind, recipe):
    starts = images_of((8, 8, 1))
    inside = np.zeros((1, 8, 8, 1), bool)
    inside[:, 2:5, 3:7] = True
    parametrization = kind(tf.constant(starts), tf.constant(inside), recipe)
    images = parametrization.image(parametrization.start() * 1.5, START).numpy()
    outside = ~np.broadcast_to(inside, starts.shape)
    np.testing.assert_array_equal(images[outside], starts[outside])
    assert not np.isclose(images[~outside], starts[~outside]).all()
    if recipe.energy is not None:  # The budget is for what can be seen.
        deviation = np.where(inside, images - 0.5, 0).reshape(3, -1)
        np.testing.assert_allclose(np.linalg.norm(deviation, axis=1), 0.5, rtol=1e-5)


def test_ink_is_one_unit_of_brightness_within_the_region():
    inside = np.zeros((1, 8, 8, 1), bool)
    inside[:, 2:5, 3:7] = True
    parametrization = Pixels(tf.constant(images_of((8, 8, 3))), tf.constant(inside), Recipe())
    ink = np.broadcast_to(parametrization.ink().numpy(), (1, 8, 8, 3))
    expected = np.where(inside, 1 / np.sqrt(3 * 4 * 3), 0) * np.ones(3)
    np.testing.assert_allclose(ink, expected, rtol=1e-6)

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.ascent.parametrization import Pixels
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.stride import Stride

SHAPE = (4, 4, 1)


def stride_of(recipe, starts):
    return Stride(Pixels(tf.constant(starts), tf.ones([1, 4, 4, 1], bool), recipe), recipe)


def take(stride, point, gradient, moments, step, done):
    return stride.take(
        tf.constant(point), tf.constant(gradient), moments, tf.constant(step), tf.constant(done)
    )


@pytest.fixture
def grey():
    return np.full((2, *SHAPE), 0.5, np.float32)


@pytest.fixture
def gradient():
    return np.random.default_rng(0).normal(size=(2, *SHAPE)).astype(np.float32) * 1e-3


@pytest.mark.parametrize(
    ("done", "length"), [(0.0, 0.4), (0.5, 0.2), (1.0, 0.1), (0.25, 0.4 * 0.5**0.5)]
)
def test_step_follows_the_normalised_gradient_and_shrinks(grey, gradient, done, length):
    stride = stride_of(Recipe(first_step=0.4, last_step=0.1), grey)
    point, _ = take(stride, grey, gradient, stride.start(grey), 0, done)
    norms = np.linalg.norm(gradient.reshape(2, -1), axis=1).reshape(2, 1, 1, 1)
    np.testing.assert_allclose(point, grey + length * gradient / norms, atol=1e-5)


def test_step_stays_in_the_box(grey, gradient):
    stride = stride_of(Recipe(first_step=50.0), grey)
    point, _ = take(stride, grey, gradient, stride.start(grey), 0, 0.0)
    np.testing.assert_array_equal(point, np.float32(gradient > 0))


def test_no_gradient_no_step(grey):
    for recipe in (Recipe(ink=0.5), Recipe(optimizer="adam", ink=0.5)):
        stride = stride_of(recipe, grey)
        point, _ = take(stride, grey, np.zeros_like(grey), stride.start(grey), 0, 0.0)
        np.testing.assert_array_equal(point, grey)


def test_ink_darkens_every_pixel_alike(grey, gradient):
    with_ink, without = (
        take(stride, grey, gradient, stride.start(grey), 0, 0.0)[0].numpy()
        for stride in (
            stride_of(Recipe(first_step=0.1, last_step=0.1, ink=ink), grey) for ink in (0.3, 0.0)
        )
    )
    # A direction of length 1 over 16 pixels is 1/4 in each.
    np.testing.assert_allclose(with_ink - without, -0.1 * 0.3 / 4, atol=1e-6)


def test_adam_is_algorithm_1(grey, gradient):
    recipe = Recipe(optimizer="adam", first_step=0.02, last_step=0.02)
    stride = stride_of(recipe, grey)
    point, moments = grey, stride.start(grey)
    expected, mean, square = np.float64(grey), 0.0, 0.0
    generator = np.random.default_rng(1)
    for step in range(5):
        gradient = generator.normal(size=grey.shape).astype(np.float32)
        point, moments = take(stride, point, gradient, moments, step, step / 4)
        norms = np.linalg.norm(gradient.reshape(2, -1), axis=1).reshape(2, 1, 1, 1)
        unit = np.float64(gradient) / norms
        mean = 0.9 * mean + 0.1 * unit
        square = 0.99 * square + 0.01 * unit**2
        root = np.sqrt(square / (1 - 0.99 ** (step + 1)))
        expected = expected + 0.02 * mean / (1 - 0.9 ** (step + 1)) / (root + 1e-8)
        point = point.numpy()
    np.testing.assert_allclose(point, expected, atol=1e-5)

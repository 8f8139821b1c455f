from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent import dream, objectives
from tfcnn.ascent.recipe import Recipe
from tfcnn.errors import InputError


@pytest.fixture(scope="module")
def network(random_network):
    return random_network("conv(4,3) max(2) conv(3,3)", (12, 12, 1), 6)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).random((12, 12, 1), np.float32)


def test_dream_starts_at_the_image_and_rises(network, image, bytes_of):
    before = bytes_of(network)
    images, values = dream(network, objectives.layer("conv2"), image, frames=4)
    np.testing.assert_array_equal(images[0], image)
    energies = np.square(network.activations(images)["conv2"].numpy()).mean((1, 2, 3))
    np.testing.assert_allclose(values, energies, rtol=1e-4)
    assert (np.diff(values) > 0).all()
    assert images.min() >= 0 and images.max() <= 1
    assert bytes_of(network) == before


def test_frames_are_one_climb_after_the_other(network, image):
    goal = objectives.filter_map("conv2/linear", 1)
    short = Recipe(steps=3, first_step=0.2, last_step=0.2)
    images, _ = dream(network, goal, image, frames=2, recipe=short)
    later, _ = dream(network, goal, images[1], frames=1, recipe=short)
    np.testing.assert_array_equal(later[1], images[2])
    # Three steps of 0.2 go at most 0.6 far.
    assert 0 < np.linalg.norm(images[1] - images[0]) <= 0.6 + 1e-5


def test_wrong_image_is_told(network, image):
    with pytest.raises(InputError, match="image: expected"):
        dream(network, objectives.layer("conv2"), image[:5])

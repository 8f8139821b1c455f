"""Pasting into images of networks whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.inspection.pasting import paste, pasted
from tfcnn.model import Network, parse


@pytest.fixture
def bar_detector():
    """One filter that fires on an upright bar of three pixels; the logit of class 1 is its sum."""
    network = Network(parse("conv(1,3) flatten dense(2,act=linear)"), (6, 6, 1))
    bar = np.full((3, 3), -1, np.float32)
    bar[:, 1] = 1
    network.weights["conv1/kernel"].assign(bar.reshape(3, 3, 1, 1))
    network.weights["conv1/bias"].assign([-2.0])
    reader = np.zeros((16, 2), np.float32)
    reader[:, 1] = 1
    network.weights["dense1/kernel"].assign(reader)
    network.weights["dense1/bias"].assign([0.5, 0.0])  # In doubt it says class 0.
    pattern = np.zeros((6, 6, 1), np.float32)
    pattern[2:5, 3] = 1
    return network, pattern


def test_of_both_the_brighter_pixel_stays():
    images = np.array([[[[0], [100], [200]]]], np.uint8)
    pattern = np.array([[[1.0], [0.4], [1.0]]])
    assert pasted(images, pattern).ravel().tolist() == [255, 102, 255]
    assert pasted(images, pattern, 0.5).ravel().tolist() == [128, 100, 200]
    assert pasted(images, pattern, 0).tolist() == images.tolist()


def test_a_planted_bar_moves_the_logit_that_reads_it(bar_detector):
    network, pattern = bar_detector
    images, labels = np.zeros((4, 6, 6, 1), np.uint8), np.array([0, 1, 0, 1], np.int32)
    found = paste(network, pattern, images, labels)
    # The whole bar gives 3 - 2 = 1 at one position; two thirds of it are not above the bias.
    np.testing.assert_allclose(found.after - found.before, [[0, 1]] * 4, atol=1e-6)
    np.testing.assert_allclose(found.moves(), [[0, 1], [0, 1]], atol=1e-6)
    # Three pixels in any other order give no more than 2 - 2.
    np.testing.assert_allclose(found.control_moves(), 0, atol=1e-6)
    assert found.accuracies() == (0.5, 0.5, 0.5)
    assert (found.after.argmax(axis=1) == 1).all()


def test_moves_of_a_linear_network_are_the_added_light_times_its_weights():
    network = Network(parse("flatten dense(3,act=linear)"), (4, 4, 2), seed=1)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (9, 4, 4, 2)).astype(np.uint8)
    labels = (np.arange(9) % 3).astype(np.int32)
    pattern = generator.uniform(size=(4, 4, 2))
    found = paste(network, pattern, images, labels, 0.8)
    light = np.rint(255 * 0.8 * pattern)
    added = (np.maximum(images, light) - images).reshape(9, -1) / 255
    rises = added @ network.weights["dense1/kernel"].numpy()
    expected = np.stack([rises[labels == number].mean(axis=0) for number in range(3)])
    np.testing.assert_allclose(found.moves(), expected, atol=1e-5)
    without = paste(network, pattern, images[labels != 1], labels[labels != 1], 0.8)
    np.testing.assert_allclose(without.moves()[[0, 2]], expected[[0, 2]], atol=1e-5)
    assert np.isnan(without.moves()[1]).all()


def test_the_control_has_the_same_pixels(bar_detector, monkeypatch):
    network, _ = bar_detector
    seen = []
    monkeypatch.setattr(
        "tfcnn.inspection.pasting.all_activations",
        lambda network, path, images: seen.append(images) or np.zeros((len(images), 2)),
    )
    pattern = np.random.default_rng(0).uniform(size=(6, 6, 1))
    paste(network, pattern, np.zeros((1, 6, 6, 1), np.uint8), np.zeros(1, np.int32))
    _, with_pattern, control = seen
    assert sorted(control.ravel()) == sorted(with_pattern.ravel())
    assert (control != with_pattern).any()


@pytest.mark.parametrize(
    ("pattern", "strength", "said"),
    [
        (np.zeros((5, 6, 1)), 1.0, r"^pattern: expected shape \[6, 6, 1\], found \[5, 6, 1\]"),
        (np.zeros((6, 6, 1)), 1.5, r"^strength: expected a number from 0 to 1, found 1.5"),
    ],
)
def test_what_does_not_fit_is_refused(pattern, strength, said):
    with pytest.raises(InputError, match=said):
        pasted(np.zeros((1, 6, 6, 1), np.uint8), pattern, strength)

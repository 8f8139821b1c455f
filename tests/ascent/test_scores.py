from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent.evidence import high_frequency_share


def wave(down, across, size=28, channels=1):
    """``down`` and ``across`` whole periods over the image."""
    rows, columns = np.mgrid[:size, :size] / size
    grey = 0.5 + 0.4 * np.cos(2 * np.pi * (down * rows + across * columns) + 0.3)
    return np.repeat(grey[..., None], channels, axis=-1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("down", "across", "share"),
    # Of 28 pixels 0.25 periods a pixel are 7 periods; a diagonal wave has sqrt(2) times as many.
    [(1, 0, 0), (0, 6, 0), (7, 0, 0), (0, 8, 1), (13, 0, 1), (4, 4, 0), (5, 5, 1), (3, -7, 1)],
)
def test_sinusoid_counts_by_its_distance_from_zero(down, across, share, channels):
    images = wave(down, across, channels=channels)[None]
    assert high_frequency_share(images)[0] == pytest.approx(share, abs=1e-6)


def test_mixture_weighs_by_energy():
    # Amplitudes 1 and 2: energies 1 and 4.
    images = ((wave(2, 0) - 0.5) + 2 * (wave(0, 10) - 0.5))[None]
    assert high_frequency_share(images)[0] == pytest.approx(0.8, abs=1e-5)


def test_checkerboard_is_all_high_and_one_grey_level_has_no_share():
    board = (np.indices((8, 8)).sum(0) % 2).astype(np.float32)[None, ..., None]
    flat = np.full((1, 8, 8, 1), 0.3, np.float32)
    shares = high_frequency_share(np.concatenate([board, flat, np.zeros_like(flat)]))
    assert shares == pytest.approx([1, 0, 0], abs=1e-12)


def test_white_noise_has_the_share_of_the_area():
    # All of the square |u|, |v| < 0.5 but the disc of radius 0.25.
    images = np.random.default_rng(0).random((200, 64, 64, 1), np.float32)
    assert high_frequency_share(images).mean() == pytest.approx(1 - np.pi / 16, abs=0.01)


def test_images_count_one_by_one():
    images = np.random.default_rng(1).random((5, 9, 11, 2), np.float32)
    alone = [high_frequency_share(image[None])[0] for image in images]
    np.testing.assert_allclose(high_frequency_share(images), alone, rtol=1e-12)

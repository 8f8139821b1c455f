from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent.evidence import high_frequency_share
from tfcnn.ascent.starts import best_starts, random_fields


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 14, 3)])
def test_fields_are_images(shape):
    fields = random_fields(50, shape, seed=0)
    assert fields.dtype == np.float32
    assert fields.shape == (50, *shape)
    assert fields.min() >= 0 and fields.max() <= 1
    assert fields.std(axis=(1, 2, 3)).min() > 0.01  # None is one grey level.


def test_seed_alone_decides():
    first, again, other = (random_fields(8, (12, 12, 1), seed) for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert not np.isclose(first, other).all(axis=(1, 2, 3)).any()


def test_fields_differ_in_scale():
    # Coarse clouds and fine grain both occur: filters react to some wavelength, unknown which.
    shares = high_frequency_share(random_fields(300, (28, 28, 1), seed=0))
    assert np.quantile(shares, 0.05) < 0.1
    assert np.quantile(shares, 0.95) > 0.5


def test_best_starts_are_the_top_of_each_column():
    values = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    best = best_starts(values, 4)
    assert best.shape == (3, 4)
    for objective in range(3):
        ranked = sorted(range(40), key=lambda image: -values[image, objective])
        assert best[objective].tolist() == ranked[:4]


def test_equal_candidates_keep_their_order():
    assert best_starts(np.zeros((5, 2), np.float32), 3).tolist() == [[0, 1, 2], [0, 1, 2]]

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent.agreement import distinct_patterns, similarity


def at(shape, row, column, size=16):
    image = np.zeros((size, size, 1), np.float32)
    image[row : row + shape.shape[0], column : column + shape.shape[1], 0] = shape
    return image


BAR = np.ones((6, 2))
CROSS = np.kron(np.eye(3), np.ones((2, 2))) + np.kron(np.eye(3)[::-1], np.ones((2, 2))) > 0


def test_similarity_is_the_best_correlation_over_shifts():
    images = np.random.default_rng(0).random((3, 7, 9, 2), np.float32)
    varying = images.astype(np.float64) - images.mean(axis=(1, 2, 3), keepdims=True, dtype=float)
    varying /= np.sqrt((varying**2).sum(axis=(1, 2, 3), keepdims=True))
    padded = np.pad(varying, [(0, 0), (2, 2), (2, 2), (0, 0)])
    expected = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            expected[i, j] = max(
                (varying[i] * padded[j, 2 + down : 9 + down, 2 + across : 11 + across]).sum()
                for down in range(-2, 3)
                for across in range(-2, 3)
            )
    found = similarity(images, reach=2)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-10)


def test_nothing_comes_back_on_the_other_side():
    left, right = np.zeros((2, 12, 12, 1), np.float32)
    left[:, 0], right[:, 11] = 1, 1
    assert similarity(np.stack([left, right]), reach=4)[0, 1] < 0.5


def test_grey_correlates_only_with_grey():
    images = np.stack([np.full((8, 8, 1), 0.3), at(BAR, 1, 3, 8), np.zeros((8, 8, 1))])
    expected = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    np.testing.assert_allclose(similarity(images.astype(np.float32)), expected, atol=1e-12)


def test_black_restarts_are_one_pattern():
    images = np.stack([at(BAR, 5, 7), *np.zeros((3, 16, 16, 1), np.float32)])
    groups = distinct_patterns(images, np.float32([1, 0, 0, 0]))
    assert [group.members for group in groups] == [(0,), (1, 2, 3)]


def test_shifted_restarts_are_one_pattern():
    images = np.stack(
        [at(BAR, 5, 7), at(CROSS, 4, 4), at(BAR, 7, 5), 0.5 * at(BAR, 4, 8), at(CROSS, 6, 5)]
    )
    groups = distinct_patterns(images, np.float32([1, 5, 3, 2, 4]))
    assert [group.members for group in groups] == [(1, 4), (2, 3, 0)]
    assert [group.score for group in groups] == [5, 3]


@pytest.mark.parametrize("count", [1, 2])
def test_few_restarts(count):
    images = np.stack([at(BAR, 5, 7)] * count)
    groups = distinct_patterns(images, np.arange(count, dtype=np.float32))
    assert [group.members for group in groups] == [tuple(range(count))[::-1]]

from __future__ import annotations

import functools
import math

import pytest

from tfcnn.training.optimizers import Adam


def test_three_steps_by_hand(steps_of):
    # m: 1, then 0.5, then 0.25 - 1 = -0.75; s: 1, then 0.75, then 0.5625 + 1 = 1.5625 = 1.25^2.
    # The correction sqrt(1 - 0.75^t) / (1 - 0.5^t): 1, then sqrt(7/16) / 0.75, then
    # sqrt(37/64) / 0.875. An epsilon of 1 stands beside the root.
    make = functools.partial(Adam, beta_1=0.5, beta_2=0.75, epsilon=1.0)
    first = 1 - 0.1 * 1 / 2
    second = first - 0.1 * math.sqrt(7 / 16) / 0.75 * 0.5 / (math.sqrt(0.75) + 1)
    third = second + 0.2 * math.sqrt(37 / 64) / 0.875 * 0.75 / 2.25
    assert steps_of(make, [2.0, 0.0, -2.0], [0.1, 0.1, 0.2]) == pytest.approx(
        [first, second, third]
    )


def test_steady_gradient_moves_by_the_rate(steps_of):
    for gradient in (1.0, 1e4):
        expected = [1 - 0.1, 1 - 0.2, 1 - 0.3]
        assert steps_of(Adam, [gradient] * 3, [0.1] * 3) == pytest.approx(expected, rel=1e-4)

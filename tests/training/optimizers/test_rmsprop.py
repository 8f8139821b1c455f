from __future__ import annotations

import functools
import math

import pytest

from tfcnn.training.optimizers import RMSprop


def test_three_steps_by_hand(steps_of):
    # s: 0.5*4 = 2, then 1, then 0.5 + 2 = 2.5; an epsilon of 1 stands under the root.
    make = functools.partial(RMSprop, rho=0.5, epsilon=1.0)
    first = 1 - 0.1 * 2 / math.sqrt(3)
    third = first + 0.3 * 2 / math.sqrt(3.5)
    assert steps_of(make, [2.0, 0.0, -2.0], [0.1, 0.2, 0.3]) == pytest.approx([first, first, third])


def test_first_step_does_not_depend_on_the_size_of_the_gradient(steps_of):
    for gradient in (0.01, 1.0, 1e4):
        assert steps_of(RMSprop, [gradient], [0.1]) == pytest.approx(
            [1 - 0.1 / math.sqrt(0.1)], rel=1e-2
        )

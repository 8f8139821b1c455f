from __future__ import annotations

import functools

import pytest

from tfcnn.training.optimizers import Momentum

GRADIENTS, RATES = [1.0, 2.0, -1.0], [0.1, 0.1, 0.2]


def test_three_steps_by_hand(steps_of):
    # v: -0.1, then -0.05 - 0.2 = -0.25, then -0.125 + 0.2 = 0.075.
    make = functools.partial(Momentum, momentum=0.5, nesterov=False)
    assert steps_of(make, GRADIENTS, RATES) == pytest.approx([0.9, 0.65, 0.725])


def test_three_nesterov_steps_by_hand(steps_of):
    # The same v; changes -0.05 - 0.1, then -0.125 - 0.2, then 0.0375 + 0.2.
    make = functools.partial(Momentum, momentum=0.5, nesterov=True)
    assert steps_of(make, GRADIENTS, RATES) == pytest.approx([0.85, 0.525, 0.7625])


@pytest.mark.parametrize("nesterov", [True, False])
def test_without_momentum_it_is_gradient_descent(steps_of, nesterov):
    make = functools.partial(Momentum, momentum=0.0, nesterov=nesterov)
    assert steps_of(make, GRADIENTS, RATES) == pytest.approx([0.9, 0.7, 0.9])

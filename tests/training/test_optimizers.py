from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.training.config import OPTIMIZERS, TrainConfig
from tfcnn.training.optimizers import Adam, Momentum, RMSprop, make_optimizer

WEIGHTS = {"conv1/kernel": tf.Variable(tf.ones([3, 3, 1, 2])), "conv1/bias": tf.Variable([1.0, 2])}
GRADIENTS, RATES = [1.0, 2.0, -1.0], [0.1, 0.1, 0.2]


@pytest.fixture
def steps_of():
    """Takes a weight that starts at 1 through an optimizer's steps and returns where it was."""

    def take(make, gradients, rates):
        weight = tf.Variable(1.0)
        optimizer = make({"dense1/kernel": weight})
        values = []
        for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
            optimizer.apply(
                {"dense1/kernel": tf.constant(gradient)},
                tf.constant(rate),
                tf.constant(step, tf.int64),
            )
            values.append(float(weight))
        return values

    return take


def test_slots_stand_beside_each_weight_and_start_at_zero():
    for optimizer, slots in (
        (Momentum, ["velocity"]),
        (RMSprop, ["mean_square"]),
        (Adam, ["mean", "mean_square"]),
    ):
        made = optimizer(WEIGHTS).slots
        assert list(made) == [f"{path}/{slot}" for path in WEIGHTS for slot in slots]
        for path, variable in made.items():
            assert variable.name == f"{path}:0"
            assert not variable.trainable
            expected = np.zeros(WEIGHTS[path.rpartition("/")[0]].shape, np.float32)
            np.testing.assert_array_equal(variable, expected)


def test_slots_are_in_a_checkpoint(tmp_path):
    optimizer = Adam(WEIGHTS)
    optimizer.slots["conv1/bias/mean"].assign([5.0, 6.0])
    path = tf.train.Checkpoint(optimizer=optimizer).write(str(tmp_path / "state"))
    again = Adam(WEIGHTS)
    tf.train.Checkpoint(optimizer=again).read(path).assert_consumed()
    np.testing.assert_array_equal(again.slots["conv1/bias/mean"], [5.0, 6.0])


@pytest.mark.parametrize(
    ("name", "kind"), [("momentum", Momentum), ("rmsprop", RMSprop), ("adam", Adam)]
)
def test_the_optimizer_that_was_chosen(name, kind):
    assert type(make_optimizer(WEIGHTS, TrainConfig(optimizer=name))) is kind


def test_the_table_names_every_optimizer_that_is_tested_here():
    assert list(OPTIMIZERS) == ["momentum", "rmsprop", "adam"]


def test_its_options_reach_it(steps_of):
    def make(weights):
        return make_optimizer(weights, TrainConfig(momentum=0.5, nesterov=False))

    assert steps_of(make, GRADIENTS, RATES) == pytest.approx([0.9, 0.65, 0.725])


def test_three_steps_of_momentum_by_hand(steps_of):
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


def test_three_steps_of_rmsprop_by_hand(steps_of):
    # s: 0.5*4 = 2, then 1, then 0.5 + 2 = 2.5; an epsilon of 1 stands under the root.
    make = type("RMSprop", (RMSprop,), {"rho": 0.5, "epsilon": 1.0})
    first = 1 - 0.1 * 2 / math.sqrt(3)
    third = first + 0.3 * 2 / math.sqrt(3.5)
    assert steps_of(make, [2.0, 0.0, -2.0], [0.1, 0.2, 0.3]) == pytest.approx([first, first, third])


def test_the_first_step_of_rmsprop_does_not_depend_on_the_size_of_the_gradient(steps_of):
    for gradient in (0.01, 1.0, 1e4):
        assert steps_of(RMSprop, [gradient], [0.1]) == pytest.approx(
            [1 - 0.1 / math.sqrt(0.1)], rel=1e-2
        )


def test_three_steps_of_adam_by_hand(steps_of):
    # m: 1, then 0.5, then 0.25 - 1 = -0.75; s: 1, then 0.75, then 0.5625 + 1 = 1.5625 = 1.25^2.
    # The correction sqrt(1 - 0.75^t) / (1 - 0.5^t): 1, then sqrt(7/16) / 0.75, then
    # sqrt(37/64) / 0.875. An epsilon of 1 stands beside the root.
    make = type("Adam", (Adam,), {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 1.0})
    first = 1 - 0.1 * 1 / 2
    second = first - 0.1 * math.sqrt(7 / 16) / 0.75 * 0.5 / (math.sqrt(0.75) + 1)
    third = second + 0.2 * math.sqrt(37 / 64) / 0.875 * 0.75 / 2.25
    assert steps_of(make, [2.0, 0.0, -2.0], [0.1, 0.1, 0.2]) == pytest.approx(
        [first, second, third]
    )


def test_a_steady_gradient_moves_adam_by_the_rate(steps_of):
    for gradient in (1.0, 1e4):
        expected = [1 - 0.1, 1 - 0.2, 1 - 0.3]
        assert steps_of(Adam, [gradient] * 3, [0.1] * 3) == pytest.approx(expected, rel=1e-4)

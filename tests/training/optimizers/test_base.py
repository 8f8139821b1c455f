from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfcnn.training.optimizers import Adam, Momentum, RMSprop

WEIGHTS = {"conv1/kernel": tf.Variable(tf.ones([3, 3, 1, 2])), "conv1/bias": tf.Variable([1.0, 2])}


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

"""A training that leaves the finite numbers says so and saves nothing of it."""

from __future__ import annotations

import pytest

from tfcnn.training import TrainConfig

LINEAR = "flatten dense(10,act=linear)"


def test_weights_that_the_last_step_ruined_are_not_saved(
    sample, tmp_path, run, checkpoint_steps_in
):
    # The first step has a finite loss, and moves the weights beyond all numbers.
    config = TrainConfig(
        epochs=1, batch_size=40, learning_rate=1e39, warmup=0, schedule="constant", l2=0
    )
    with pytest.raises(
        FloatingPointError, match=r"^dense1/kernel has [0-9]+ (NaN|infinite).* of 7840 at step 1"
    ):
        run(sample, tmp_path, config, LINEAR, checkpoint_steps=1)
    assert checkpoint_steps_in(tmp_path) == [0]


def test_a_loss_beyond_all_numbers_keeps_the_last_checkpoint(
    sample, tmp_path, run, checkpoint_steps_in
):
    # One step an epoch: the first at a rate of 0.001, the second at a quarter of 1e38.
    config = TrainConfig(
        epochs=3, batch_size=400, learning_rate=0.001, end_learning_rate=1e38, warmup=0
    )
    with pytest.raises(
        FloatingPointError, match=r"at step 2, where the learning rate was 2\.5e\+37: "
    ):
        run(sample, tmp_path, config, LINEAR)
    assert checkpoint_steps_in(tmp_path) == [0, 1]
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "weights.safetensors").exists()

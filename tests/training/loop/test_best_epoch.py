"""The network of the epoch that did best on the images held out."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs import Run
from tfcnn.training import batches

LINEAR = "flatten dense(10,act=linear)"


def test_the_best_epoch_on_the_images_held_out_can_be_loaded(sample, tmp_path, run, choices):
    # The rate grows until it harms: the best epoch is not the last.
    config = dataclasses.replace(
        choices, epochs=4, validation_size=100, learning_rate=0.01, warmup=0, end_learning_rate=60.0
    )
    _, history = run(sample, tmp_path, config, LINEAR, keep_checkpoints=1)
    best = max(history, key=lambda row: row.validation_accuracy)
    assert best.epoch < 4
    network = Run(tmp_path).best()
    _, held_out = batches.split_validation(400, 100, config.seed)
    logits = network(tf.constant(sample.train.images[held_out] / 255, tf.float32)).numpy()
    right = logits.argmax(axis=1) == sample.train.labels[held_out]
    assert right.mean() == best.validation_accuracy


def test_without_images_held_out_there_is_no_best(finished):
    with pytest.raises(InputError, match="expected a training with validation_size above 0"):
        Run(finished[0]).best()


def test_without_checkpoints_there_is_no_best(finished, tmp_path):
    shutil.copy(finished[0] / "weights.safetensors", tmp_path)
    expected = f"^run_dir: expected checkpoints in {tmp_path}/checkpoints, found none$"
    with pytest.raises(InputError, match=expected):
        Run(tmp_path).best()


def test_the_states_of_another_network_are_refused_in_one_line(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    Network(parse("flatten dense(7) dense(10)"), (28, 28, 1)).save(
        tmp_path / "run" / "weights.safetensors"
    )
    expected = "/checkpoints/step-00000000: expected this network's state, found "
    with pytest.raises(InputError, match=expected) as caught:
        Run(tmp_path / "run").states()
    assert "\n" not in str(caught.value)

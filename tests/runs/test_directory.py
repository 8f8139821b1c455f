from __future__ import annotations

import dataclasses
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from tfcnn.errors import InputError
from tfcnn.runs.directory import (
    RunDirectory,
    describe_run,
    load_run,
    load_run_data,
    read_config,
)
from tfcnn.training.config import TrainConfig


def test_names_are_those_of_the_design():
    run = RunDirectory.at("runs/first")
    root = pathlib.Path("runs/first")
    assert run.path == root
    assert run.config == root / "config.json"
    assert run.environment == root / "environment.json"
    assert run.metrics == root / "metrics.jsonl"
    assert run.checkpoints == root / "checkpoints"
    assert run.weights == root / "weights.safetensors"
    assert run.plots == root / "plots"


def test_description_holds_every_choice_and_the_checksums(sample, small_network):
    description = json.loads(
        json.dumps(describe_run(small_network, sample, dataclasses.asdict(TrainConfig(seed=9))))
    )
    text = description["architecture"]
    assert tfcnn.model.parse(text) == small_network.architecture
    assert description["input_shape"] == [28, 28, 1]
    assert description["dataset"]["name"] == sample.name
    assert description["dataset"]["class_names"] == list("0123456789")
    assert description["dataset"]["checksums"] == sample.checksums
    assert len(sample.checksums) == 4
    assert TrainConfig(**description["training"]) == TrainConfig(seed=9)


def test_reading_a_config(tmp_path):
    (tmp_path / "config.json").write_text('{"architecture": "flatten"}')
    assert read_config(tmp_path) == {"architecture": "flatten"}
    with pytest.raises(InputError, match=r"nowhere/config\.json: expected a JSON file"):
        read_config(tmp_path / "nowhere")


def test_loading_a_run_gives_the_same_logits(tmp_path, sample, small_network):
    small_network.normalize_to(sample.train.images)
    small_network.save(tmp_path / "weights.safetensors")
    images = tf.constant(sample.test.images / 255, tf.float32)
    expected = small_network(images).numpy()
    assert np.abs(expected).max() > 0.1
    for load in (load_run, tfcnn.load_run):
        np.testing.assert_array_equal(load(tmp_path)(images), expected)


def test_a_folder_without_a_finished_run(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"^run_dir: .*weights\.safetensors, found none"):
            load_run(folder)


def test_damaged_weights_are_named(tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(InputError, match=r"weights\.safetensors: expected"):
        load_run(tmp_path)


def test_a_run_that_does_not_name_its_data(tmp_path):
    for text in ("{}", '{"dataset": "mnist"}', '{"dataset": {"name": 3}}'):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(InputError, match=r"config\.json: dataset\.name: expected a text"):
            load_run_data(tmp_path)

from __future__ import annotations

import dataclasses
import json
import pathlib

import tfcnn
from tfcnn.runs.directory import RunDirectory, describe_run
from tfcnn.training.config import TrainConfig


def test_names_are_those_of_the_design():
    run = RunDirectory("runs/first")
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

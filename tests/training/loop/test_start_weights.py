"""A run goes on with the network that it began with, or as it trained it, and with no other."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs import load_run
from tfcnn.training import Stopped, TrainConfig, train

TEXT = "conv(2,5,stride=5) batchnorm flatten dense(10,act=linear)"
CONFIG = TrainConfig(epochs=1, batch_size=100)


def network_of(seed):
    return Network(parse(TEXT), (28, 28, 1), seed=seed)


def go_on(network, sample, run_dir, **choices):
    config = dataclasses.replace(CONFIG, **choices)
    return train(network, sample, config, run_dir, progress=False)


@pytest.fixture
def contents(tmp_path):
    return lambda: {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_networks_of_three_seeds_are_not_taken_for_one(sample, tmp_path, contents):
    first = network_of(0)
    go_on(first, sample, tmp_path)
    before = contents()
    for seed in (1, 2):
        other = network_of(seed)
        kernels = {path: weight.numpy() for path, weight in other.weights.items()}
        with pytest.raises(InputError) as refused:
            go_on(other, sample, tmp_path)
        assert str(refused.value) == (
            f"run_dir: {tmp_path} was begun with start weights of seed 0, found those of seed "
            f"{seed}: make the network as it was made then, or use another folder"
        )
        for path, weight in other.weights.items():
            np.testing.assert_array_equal(weight, kernels[path])
    assert contents() == before


def test_nor_are_weights_that_were_set(sample, tmp_path):
    changed = network_of(0)
    kernel = changed.weights["conv1/kernel"]
    kernel.assign(kernel + 1e-6)
    go_on(changed, sample, tmp_path)
    with pytest.raises(InputError, match=r"of SHA-256 [0-9a-f]{16}, found those of seed 0: make"):
        go_on(network_of(0), sample, tmp_path)
    same = network_of(5)
    same.weights["conv1/kernel"].assign(network_of(0).weights["conv1/kernel"] + 1e-6)
    with pytest.raises(InputError, match=r"of SHA-256 .*, found those of SHA-256 [0-9a-f]{16}:"):
        go_on(same, sample, tmp_path)
    same.assign(network_of(0).tensors())
    same.weights["conv1/kernel"].assign_add(np.full(kernel.shape, 1e-6, np.float32))
    go_on(same, sample, tmp_path)


def test_moving_statistics_count_and_what_follows_from_the_data_does_not(sample, tmp_path):
    network = network_of(0)
    network.state["input/mean"].assign([0.7])
    go_on(network, sample, tmp_path)
    go_on(network_of(0), sample, tmp_path)
    other = network_of(0)
    other.state["batchnorm1/moving_mean"].assign([1.0, 0.0])
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        go_on(other, sample, tmp_path)


def test_it_goes_on_with_the_network_that_it_trained(sample, tmp_path, signal_after_calls):
    network = network_of(0)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
        signal_after_calls(patch, 2)
        go_on(network, sample, tmp_path / "run", epochs=3)
    go_on(network, sample, tmp_path / "run", epochs=3)
    go_on(network, sample, tmp_path / "run", epochs=4)
    go_on(load_run(tmp_path / "run"), sample, tmp_path / "run", epochs=5)
    go_on(network, sample, tmp_path / "run", epochs=6)  # Though it is as it was an epoch ago.
    again = network_of(0)
    go_on(again, sample, tmp_path / "run", epochs=6)
    for path, weight in again.weights.items():
        assert weight.numpy().tobytes() == network.weights[path].numpy().tobytes()
    with pytest.raises(InputError, match="found those of"):  # Trained, but in another folder.
        go_on(network_of(0), sample, tmp_path / "other")
        go_on(network, sample, tmp_path / "other", epochs=2)
    record = json.loads((tmp_path / "run" / "config.json").read_text())["start_weights"]
    assert record["seed"] == 0


def test_numbers_drawn_with_another_rounding_go_on(sample, tmp_path):
    go_on(network_of(3), sample, tmp_path)
    config = tmp_path / "config.json"
    values = json.loads(config.read_text())
    values["start_weights"]["sha256"] = "0" * 64  # As another processor may have drawn them.
    config.write_text(json.dumps(values))
    go_on(network_of(3), sample, tmp_path, epochs=2)
    assert json.loads(config.read_text())["start_weights"] == values["start_weights"]
    with pytest.raises(InputError, match="start weights of seed 3, found those of seed 0:"):
        go_on(network_of(0), sample, tmp_path, epochs=2)


def test_a_run_from_before_this_was_written_goes_on(sample, tmp_path):
    go_on(network_of(0), sample, tmp_path)
    config = tmp_path / "config.json"
    values = json.loads(config.read_text())
    del values["start_weights"]
    config.write_text(json.dumps(values))
    go_on(network_of(1), sample, tmp_path, epochs=2)
    assert "start_weights" not in json.loads(config.read_text())


@pytest.mark.parametrize("record", [None, 3, "0", [], {}, {"seed": None}, {"seed": "0" * 9999}])
def test_a_record_that_is_none_is_refused(sample, tmp_path, record):
    go_on(network_of(0), sample, tmp_path)
    config = tmp_path / "config.json"
    values = json.loads(config.read_text()) | {"start_weights": record}
    config.write_text(json.dumps(values))
    with pytest.raises(InputError, match="was begun with start weights of ") as refused:
        go_on(network_of(0), sample, tmp_path)
    assert len(str(refused.value)) < 1000

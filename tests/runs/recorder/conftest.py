"""A recorder of a small network, as in a process of its own, and two epochs to record."""

from __future__ import annotations

import dataclasses

import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.runs.directory import describe_run
from tfcnn.runs.metrics import EpochMetrics
from tfcnn.runs.recorder import Recorder
from tfcnn.training.config import TrainConfig

CHOICES = {"epochs": 2, "learning_rate": 0.08, "l2": 0.0005}


@pytest.fixture(scope="session")
def run_choices():
    """Those that ``recorder_of`` takes unless it is told others."""
    return CHOICES


@pytest.fixture(scope="session")
def rows():
    return [
        EpochMetrics(1, 938, 0.08, 0.5, 0.05, 0.9, 0.2, 0.95, 20.0, 9000.0, 0.25, 0.94),
        EpochMetrics(2, 1876, 0.01, 0.25, 0.0625, 0.96, 0.125, 0.97, 19.0, 9100.0, 0.2, 0.96),
    ]


@pytest.fixture
def recorder_of(sample, small_network):
    """Makes a recorder for the same new network, as in a process after the last one's end."""
    made, untrained = [], small_network.tensors()

    def make(path, keep_checkpoints=20, **choices):
        for earlier in made:
            earlier.close()
        small_network.assign(untrained)
        description = describe_run(
            small_network, sample, dataclasses.asdict(TrainConfig(**CHOICES | choices))
        )
        state = tf.train.Checkpoint(network=small_network)
        made.append(Recorder(path, small_network, state, description, keep_checkpoints))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture(scope="session")
def refusal():
    """The message of a start that must fail, in one line."""

    def message_of(recorder, resume="auto"):
        with pytest.raises(InputError) as caught:
            recorder.start(resume)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return message_of

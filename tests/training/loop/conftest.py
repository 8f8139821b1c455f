"""A small network to train in a second, an uninterrupted run of it, and how to interrupt one."""

from __future__ import annotations

import dataclasses
import signal

import pytest

from tfcnn.model import Network, parse
from tfcnn.training import TrainConfig, train, trainer

# Dropout and batch normalisation have what a resume could lose: random numbers and state.
ARCHITECTURE = "conv(3,5,stride=3) batchnorm flatten dropout(0.2) dense(10,act=linear)"
# 13 steps an epoch, the last with 16 images; at most 4 a call.
CHOICES = TrainConfig(epochs=3, batch_size=32, learning_rate=0.08, l2=0.0005)


@pytest.fixture(autouse=True)
def few_steps_a_call(monkeypatch):
    monkeypatch.setattr(trainer, "STEPS_A_CALL", 4)


def _run(data, run_dir=None, config=CHOICES, text=ARCHITECTURE, **options):
    network = Network(parse(text), data.train.images.shape[1:], seed=config.seed)
    history = train(network, data, config, run_dir, **{"progress": False} | options)
    return network, history


@pytest.fixture(scope="session")
def run():
    """Trains, and gives the network and its history."""
    return _run


@pytest.fixture(scope="session")
def choices():
    """Those that ``run`` takes unless it is told others."""
    return CHOICES


@pytest.fixture(scope="session")
def finished(sample, tmp_path_factory):
    """An uninterrupted run: its folder, network and history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "STEPS_A_CALL", 4)
        run_dir = tmp_path_factory.mktemp("runs") / "finished"
        return run_dir, *_run(sample, run_dir)


@pytest.fixture(scope="session")
def weight_bytes():
    return lambda run_dir: (run_dir / "weights.safetensors").read_bytes()


@pytest.fixture(scope="session")
def checkpoint_steps_in():
    def steps(run_dir):
        return sorted(
            int(path.name.removeprefix("step-")) for path in run_dir.glob("checkpoints/*")
        )

    return steps


@pytest.fixture(scope="session")
def without_times():
    def strip(history):
        return [dataclasses.replace(row, seconds=0, images_per_second=0) for row in history]

    return strip


@pytest.fixture(scope="session")
def signal_after_calls():
    """Raises a signal while the compiled call with this number is under way."""

    def patch(monkeypatch, calls, number=signal.SIGINT):
        advance, count = trainer.Trainer.advance, iter(range(1, 1000))

        def advance_and_raise(*args, **kwargs):
            if next(count) == calls:
                signal.raise_signal(number)
            return advance(*args, **kwargs)

        monkeypatch.setattr(trainer.Trainer, "advance", advance_and_raise)

    return patch

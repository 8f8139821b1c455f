"""A run directory whose files were damaged: a correct resume, or a refusal in one line."""

from __future__ import annotations

import dataclasses
import random
import shutil
import signal

import pytest

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs import Run, load_run
from tfcnn.training import Stopped, TrainConfig, train, trainer

CONFIG = TrainConfig(epochs=3, batch_size=100, learning_rate=0.02)  # 4 steps an epoch.
TEXT = "conv(2,5,stride=4) batchnorm flatten dense(10,act=linear)"


def run(data, run_dir, **options):
    network = Network(parse(TEXT), (28, 28, 1))
    history = train(network, data, CONFIG, run_dir, progress=False, **options)
    return [dataclasses.replace(row, seconds=0, images_per_second=0) for row in history]


@pytest.fixture(scope="module")
def runs(sample, tmp_path_factory):
    """A finished run, what it gave, and the same run stopped in its last epoch."""
    folder = tmp_path_factory.mktemp("runs")
    history = run(sample, folder / "finished")
    advance = trainer.Trainer.advance

    def advance_and_stop(self, progress, pause_every=None):
        if progress.step == 9:
            signal.raise_signal(signal.SIGTERM)
        return advance(self, progress, pause_every)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer.Trainer, "advance", advance_and_stop)
        with pytest.raises(Stopped):
            run(sample, folder / "stopped", checkpoint_steps=1)
    names = [path.name for path in (folder / "stopped" / "checkpoints").iterdir()]
    assert "step-00000010" in names
    return folder, history


def damage(path, chance):
    """Flips some bits or cuts the file off."""
    content = bytearray(path.read_bytes())
    if content and chance.random() < 0.7:
        for _ in range(chance.choice([1, 1, 1, 2, 16])):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    else:
        content = content[: chance.randrange(len(content) + 1)]
    path.write_bytes(content)


def files_at_stake(run_dir):
    """Those of the run directory itself, and of its newest checkpoint."""
    newest = max((run_dir / "checkpoints").iterdir())
    return sorted(
        path
        for folder in (run_dir, run_dir / "tensorboard", newest)
        for path in folder.iterdir()
        if path.is_file()
    )


@pytest.mark.parametrize("damages", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_a_resume_is_right_or_refused(runs, sample, tmp_path, damages):
    folder, expected = runs
    weights = (folder / "finished" / "weights.safetensors").read_bytes()
    chance, resumed = random.Random(damages), 0
    for number in range(damages):
        run_dir = tmp_path / str(number)
        shutil.copytree(folder / chance.choice(["finished", "stopped"]), run_dir)
        harmed = chance.choice(files_at_stake(run_dir))
        damage(harmed, chance)
        try:
            history = run(sample, run_dir)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert str(run_dir) in str(error)
        else:
            assert history == expected, harmed
            assert (run_dir / "weights.safetensors").read_bytes() == weights, harmed
            resumed += 1
        shutil.rmtree(run_dir)
    print(f"{resumed} of {damages} resumed, {damages - resumed} refused")
    assert 0 < resumed < damages


@pytest.mark.parametrize("damages", [40, pytest.param(400, marks=pytest.mark.soak)])
def test_a_finished_run_is_read_right_or_refused(runs, tmp_path, damages):
    finished = runs[0] / "finished"
    tensors = load_run(finished).tensors()
    states = Run(finished).states()
    chance, read = random.Random(damages), 0
    for number in range(damages):
        run_dir = tmp_path / str(number)
        shutil.copytree(finished, run_dir)
        damage(chance.choice(files_at_stake(run_dir)), chance)
        try:
            found, found_states = load_run(run_dir).tensors(), Run(run_dir).states()
        except InputError as error:
            assert len(str(error).splitlines()) == 1
        else:
            read += 1
            for expected, values in (
                (tensors, found),
                *((a, b) for (_, a), (_, b) in zip(states, found_states, strict=True)),
            ):
                assert {path: value.tobytes() for path, value in values.items()} == {
                    path: value.tobytes() for path, value in expected.items()
                }
        shutil.rmtree(run_dir)
    assert 0 < read < damages

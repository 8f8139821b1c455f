"""What stands in a run's folder in place of a file: read as that file, refused, or passed over."""

from __future__ import annotations

import dataclasses
import faulthandler
import os
import pathlib
import shutil

import numpy as np
import pytest

import tfcnn
from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.page import FilterCards
from tfcnn.runs import Run
from tfcnn.runs.directory import describe_run
from tfcnn.runs.recorder import Recorder
from tfcnn.training import TrainConfig, train

TEXT = "conv(2,5,stride=4) flatten dense(10,act=linear)"
CONFIG = TrainConfig(epochs=2, batch_size=100, validation_size=100)
FILES = (
    *("config.json", "environment.json", "metrics.jsonl", "lock", "lock.held"),
    *("weights.safetensors", "weights.earlier.safetensors"),
    *("checkpoints", "checkpoints/step-00000006"),
    *("checkpoints/step-00000006/manifest.json", "checkpoints/step-00000006/progress.json"),
    "checkpoints/step-00000006/state.index",
    "checkpoints/step-00000006/state.data-00000-of-00001",
    "checkpoints/step-00000006/state.data-00001-of-00002",
    *("tensorboard", "plots", "plots/learning_curves.png", "plots/kernels_conv1.png"),
    *("plots/ablation_conv1_zero.csv", "plots/patterns_conv1.npz", "plots/patterns_conv1_2.npz"),
)


def device(path, whole):
    if not pathlib.Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero")
    path.symlink_to("/dev/zero")


def too_large(path, whole):
    path.touch()
    os.truncate(path, 2**36)  # Takes no room on a disk.


# Name -> puts it at a path; ``whole`` is what stood there.
STAND_INS = {
    "pipe": lambda path, whole: os.mkfifo(path),
    "link to a file": lambda path, whole: path.symlink_to(whole),
    "link to nothing": lambda path, whole: path.symlink_to("nothing"),
    "link to itself": lambda path, whole: path.symlink_to(path.name),
    "folder": lambda path, whole: path.mkdir(),
    "device": device,
    "too large": too_large,
    "deep": lambda path, whole: path.write_bytes(b"[" * 100_000),
    "deep objects": lambda path, whole: path.write_bytes(b'{"a":' * 900 + b"1" + b"}" * 900),
    "empty": lambda path, whole: path.touch(),
    "zeros": lambda path, whole: path.write_bytes(bytes(1000)),
    "no text": lambda path, whole: path.write_bytes(b"\xff\xfe\n" * 100),
    "a line break": lambda path, whole: path.write_bytes(b'{"a\\n\\u0000": "b\\nc"}'),
}


QUICK = {"pipe", "link to itself", "too large", "deep objects"}


def new_network():
    return Network(parse(TEXT), (28, 28, 1))


@pytest.fixture(scope="module")
def whole(sample, tmp_path_factory):
    """A finished run with pictures and tables."""
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    network = new_network()
    history = train(network, sample, CONFIG, run_dir, progress=False)
    shutil.copy(run_dir / "weights.safetensors", run_dir / "weights.earlier.safetensors")
    plots = run_dir / "plots"
    rows = [dataclasses.asdict(row) for row in history]
    tfcnn.report.draw_learning_curves(rows, plots / "learning_curves.png")
    pictures = sample.test.images[:2] / 255
    tfcnn.report.draw_image_grid(pictures, ["", ""], plots / "kernels_conv1.png", "", "Kernels.")
    table = tfcnn.report.Table(("filter", "points"), (("0", "1.5"), ("1", "0.25")))
    table.write_csv(plots / "ablation_conv1_zero.csv")
    for name in ("patterns_conv1.npz", "patterns_conv1_2.npz"):
        FilterCards(
            filters=np.arange(2),
            reduction="mean",
            verdicts=np.array(["found", "dead"]),
            scores=np.ones(2, np.float32),
            robust_scores=np.ones(2, np.float32),
            patterns=pictures.astype(np.float32),
            patches=np.zeros((2, 3, 5, 5, 1), np.uint8),
            patch_values=np.ones((2, 3), np.float32),
            class_means=np.ones((2, 10)),
        ).save(plots / name)
    return run_dir


def start(run_dir, sample):
    """Where a training goes on, with its network."""
    network = new_network()
    network.normalize_to(sample.train.images[100:])
    trainer = tfcnn.training.trainer.Trainer(network, sample, CONFIG)
    description = describe_run(network, sample, dataclasses.asdict(CONFIG))
    recorder = Recorder(run_dir, network, trainer.state, description, 20)
    try:
        return recorder.start("auto"), network.tensors()
    finally:
        recorder.close()


READERS = {
    "go on": start,
    "open": lambda run_dir, sample: tfcnn.open_run(run_dir).network().tensors(),
    "earlier": lambda run_dir, sample: Network.load(
        run_dir / "weights.earlier.safetensors"
    ).tensors(),
    "names": lambda run_dir, sample: Run(run_dir).class_names,
    "data": lambda run_dir, sample: Run(run_dir).data().checksums,
    "states": lambda run_dir, sample: Run(run_dir).states(),
    "best": lambda run_dir, sample: Run(run_dir).best().tensors(),
    "report": lambda run_dir, sample: tfcnn.report.write_report(run_dir).stat().st_size > 0,
}


def plain(value):
    """Something that can be compared."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.tobytes() if isinstance(value, np.ndarray) else value


@pytest.fixture(scope="module")
def as_written(whole, sample, tmp_path_factory):
    """What every reader gives where nothing is wrong; a training may fall back by an epoch."""
    run_dir = shutil.copytree(whole, tmp_path_factory.mktemp("read") / "run")
    given = {name: [plain(read(run_dir, sample))] for name, read in READERS.items()}
    shutil.rmtree(run_dir / "checkpoints" / "step-00000006")
    given["go on"].append(plain(start(run_dir, sample)))
    return given


@pytest.fixture
def bounded():
    """Ends all tests, and says where, instead of waiting for ever."""
    faulthandler.dump_traceback_later(300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize(
    "stand_in",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in STAND_INS],
)
@pytest.mark.parametrize("name", FILES)
def test_it_is_the_file_or_refused_or_passed_over(
    bounded, whole, as_written, sample, tmp_path, name, stand_in
):
    for reader, read in READERS.items():
        run_dir, outside = tmp_path / reader / "run", tmp_path / reader / "outside"
        shutil.copytree(whole, run_dir, symlinks=True)
        path = run_dir / name
        if path.exists():
            path.rename(outside)
        else:
            outside.write_bytes(b"somebody's")
        before = outside.read_bytes() if outside.is_file() else None
        STAND_INS[stand_in](path, outside)
        try:
            found = read(run_dir, sample)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 2_000
            assert str(run_dir) in str(error)
        else:
            assert plain(found) in as_written[reader], reader
        assert before is None or outside.read_bytes() == before  # No link was written through.
        shutil.rmtree(tmp_path / reader)

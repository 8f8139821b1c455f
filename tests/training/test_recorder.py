from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.training import checkpoints
from tfcnn.training.config import TrainConfig
from tfcnn.training.metrics import EpochMetrics, best_epoch
from tfcnn.training.progress import Progress
from tfcnn.training.recorder import Recorder
from tfcnn.training.run_directory import describe_run, read_dataset_name

CHOICES = {"epochs": 2, "learning_rate": 0.08, "l2": 0.0005}
ROWS = [
    EpochMetrics(1, 938, 0.08, 0.5, 0.05, 0.9, 0.2, 0.95, 20.0, 9000.0, 0.25, 0.94),
    EpochMetrics(2, 1876, 0.01, 0.25, 0.0625, 0.96, 0.125, 0.97, 19.0, 9100.0, 0.2, 0.96),
]


@pytest.fixture
def recorder_of(sample, small_network):
    """Makes a recorder for the same network, as in a process after the last one's end."""
    made = []

    def make(path, keep_checkpoints=20, **choices):
        for earlier in made:
            earlier.close()
        description = describe_run(small_network, sample, TrainConfig(**CHOICES | choices))
        state = tf.train.Checkpoint(network=small_network)
        made.append(Recorder(path, small_network, state, description, keep_checkpoints))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


def refusal(recorder, resume="auto"):
    with pytest.raises(InputError) as caught:
        recorder.start(resume)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_new_folder_gets_its_descriptions_and_starts_at_nothing(tmp_path, recorder_of):
    run = tmp_path / "runs" / "first"
    assert recorder_of(run).start("auto") == Progress()
    assert {path.name for path in run.iterdir()} == {"config.json", "environment.json", "lock"}


def test_a_run_goes_on_from_its_newest_checkpoint(tmp_path, recorder_of, small_network):
    recorder = recorder_of(tmp_path)
    recorder.start("never")
    for step in (9, 10):
        small_network.weights["dense1/bias"].assign(tf.fill([10], float(step)))
        recorder.save(Progress(step=step))
    small_network.weights["dense1/bias"].assign(tf.zeros([10]))
    assert recorder_of(tmp_path).start("must") == Progress(step=10)
    assert small_network.weights["dense1/bias"].numpy().tolist() == [10.0] * 10


def test_resume_decides_what_may_be_there(tmp_path, recorder_of):
    assert refusal(recorder_of(tmp_path), "must") == (
        f"run_dir: expected a run to resume, found none in {tmp_path}"
    )
    assert list(tmp_path.iterdir()) == []
    recorder_of(tmp_path).start("never")
    assert recorder_of(tmp_path).start("must") == Progress()
    assert refusal(recorder_of(tmp_path), "never") == (
        f"run_dir: expected a new folder with resume=never, found {tmp_path}"
    )
    assert refusal(recorder_of(tmp_path), "always") == (
        "resume: expected one of auto, never, must, found 'always'"
    )


def test_a_folder_with_foreign_files_is_refused_and_left_alone(tmp_path, recorder_of):
    (tmp_path / "thesis.tex").touch()
    expected = f"run_dir: expected a new or empty folder or a run, found {tmp_path}"
    assert refusal(recorder_of(tmp_path)) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path, recorder_of, monkeypatch):
    (tmp_path / "file").touch()
    for run in (tmp_path / "file", tmp_path / "file" / "run"):
        message = refusal(recorder_of(run))
        assert message.startswith(f"run_dir: expected a folder to write to, found {run}: ")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "is_file", denied)  # Root may read everything.
    assert refusal(recorder_of(tmp_path / "run")).endswith("/run: Permission denied")


@pytest.mark.parametrize(
    ("choices", "difference"),
    [
        ({"learning_rate": 0.01}, "training.learning_rate=0.08, found 0.01"),
        ({"seed": 1}, "training.seed=0, found 1"),
        (
            {"optimizer": "adam"},
            "training.optimizer='momentum', found 'adam'; training.momentum=0.9, found None; "
            "training.nesterov=True, found None",
        ),
        (
            {"schedule": "constant"},
            "training.schedule='cosine', found 'constant'; "
            "training.end_learning_rate=0.0, found None",
        ),
        ({"epochs": 1}, "training.epochs=2, found 1"),
        ({"epochs": 3, "l2": 0.0}, "training.l2=0.0005, found 0.0"),
        ({"seed": 1, "l2": 0.0}, "training.l2=0.0005, found 0.0; training.seed=0, found 1"),
    ],
)
def test_a_changed_choice_is_refused_with_the_difference(
    tmp_path, recorder_of, choices, difference
):
    recorder_of(tmp_path).start("auto")
    before = (tmp_path / "config.json").read_bytes()
    assert refusal(recorder_of(tmp_path, **choices)) == (
        f"run_dir: {tmp_path} was begun with {difference}: use the same or another folder"
    )
    assert (tmp_path / "config.json").read_bytes() == before


def test_another_data_set_or_network_is_refused(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["dataset"]["checksums"]["train-labels-idx1-ubyte"] = "00"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "dataset.checksums.train-labels-idx1-ubyte='00', " in refusal(recorder_of(tmp_path))
    config["architecture"] = "flatten dense(10,act=linear)"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "architecture='flatten dense(10,act=linear)', " in refusal(recorder_of(tmp_path))


def test_epochs_may_grow(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    recorder_of(tmp_path, epochs=7).start("auto")
    assert json.loads((tmp_path / "config.json").read_text())["training"]["epochs"] == 7


def test_a_config_that_is_not_ours_is_refused(tmp_path, recorder_of):
    for text in ("{", "[]", '{"training": {"epochs": "2"}}', '{"training": null}'):
        (tmp_path / "config.json").write_text(text)
        assert str(tmp_path) in refusal(recorder_of(tmp_path))


def test_epochs_of_another_type_are_refused(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["training"]["epochs"] = "2"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "was begun with training.epochs='2', found 3" in refusal(recorder_of(tmp_path, epochs=3))


def test_a_finished_run_is_not_written_to(tmp_path, recorder_of):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    recorder.save(Progress(step=1876, history=ROWS))
    (tmp_path / "environment.json").write_text("made elsewhere")
    assert recorder_of(tmp_path).start("auto").history == ROWS
    assert (tmp_path / "environment.json").read_text() == "made elsewhere"


def test_metrics_and_tensorboard_hold_the_same_numbers(tmp_path, recorder_of):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    for epochs in (1, 2):
        recorder.epoch_done(Progress(step=938 * epochs, history=ROWS[:epochs]))
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [EpochMetrics(**line) for line in lines] == ROWS
    board = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"tensors": 0}).Reload()
    assert set(board.Tags()["tensors"]) == set(lines[0]) - {"epoch", "step"}
    for name in board.Tags()["tensors"]:
        found = {e.step: tf.make_ndarray(e.tensor_proto).item() for e in board.Tensors(name)}
        assert found == pytest.approx({line["epoch"]: line[name] for line in lines}), name


def test_a_folder_of_ones_own_may_be_named_in_another_way(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["dataset"]["name"] = "idx:../elsewhere/digits"  # With the same checksums.
    (tmp_path / "config.json").write_text(json.dumps(config))
    recorder_of(tmp_path).start("auto")
    config["dataset"]["name"] = "mnist"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "was begun with dataset.name='mnist', found 'idx:" in refusal(recorder_of(tmp_path))


def test_a_strangers_config_cannot_flood_the_terminal(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    nested = {}
    for _ in range(900):
        nested = {"n": nested, "x": 1}
    config |= {f"{'k' * 1000}{number}": "v" * 1000 for number in range(1000)} | {"deep": nested}
    (tmp_path / "config.json").write_text(json.dumps(config))
    message = refusal(recorder_of(tmp_path))
    assert message.endswith(" more: use the same or another folder")
    assert len(message) < 3000


def save_steps(recorder, network, *steps):
    """Checkpoints whose bias says which they are."""
    for step in steps:
        network.weights["dense1/bias"].assign(tf.fill([10], float(step)))
        recorder.save(Progress(step=step))


def harm(checkpoint):
    [data] = checkpoint.glob("state.data*")
    data.write_bytes(data.read_bytes()[:-1])


def test_damaged_checkpoints_are_passed_over_named_and_kept(tmp_path, recorder_of, small_network):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    save_steps(recorder, small_network, 8, 9, 10)
    (tmp_path / "checkpoints" / "damaged-step-00000010").mkdir()  # From another time.
    for name in ("step-00000009", "step-00000010"):
        harm(tmp_path / "checkpoints" / name)

    recorder = recorder_of(tmp_path)
    assert recorder.start("auto") == Progress(step=8)
    assert small_network.weights["dense1/bias"].numpy().tolist() == [8.0] * 10
    names = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert names == {
        "step-00000008",
        "damaged-step-00000009",
        "damaged-step-00000010",
        "damaged-step-00000010-2",
    }
    [ten, nine] = recorder.notes
    assert "step-00000010/state.data-00000-of-00001: expected SHA-256 " in ten
    assert ten.endswith("set aside as " + str(tmp_path / "checkpoints/damaged-step-00000010-2"))
    assert nine.endswith("set aside as " + str(tmp_path / "checkpoints/damaged-step-00000009"))


def test_it_never_starts_from_nothing_unasked(tmp_path, recorder_of, small_network):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    save_steps(recorder, small_network, 0, 1)
    for checkpoint in (tmp_path / "checkpoints").iterdir():
        harm(checkpoint)
    before = sorted(tmp_path.rglob("*"))
    message = refusal(recorder_of(tmp_path))
    folder = tmp_path / "checkpoints"
    assert message.startswith(
        f"run_dir: expected a checkpoint that is whole in {folder}, found 2 that are not; "
        f"the newest: {folder}/step-00000001/state.data-00000-of-00001: expected SHA-256 "
    )
    assert sorted(tmp_path.rglob("*")) == before

    for checkpoint in folder.iterdir():  # As if a person had put them away.
        checkpoint.rename(folder / f"damaged-{checkpoint.name}")
    assert "found 0 that are not" in refusal(recorder_of(tmp_path))


def test_a_run_that_lost_its_checkpoints_is_not_begun_again(tmp_path, recorder_of):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    recorder.epoch_done(Progress(step=938, history=ROWS[:1]))
    shutil.rmtree(tmp_path / "checkpoints")
    assert "expected a checkpoint that is whole" in refusal(recorder_of(tmp_path))


def test_what_a_killed_process_left_is_cleared_away(tmp_path, recorder_of):
    (tmp_path / ".partial-x.json").write_text("{")  # Killed while it wrote its first file.
    (tmp_path / ".partial-saved_model-77").mkdir()  # Killed while it exported.
    (tmp_path / "lock").write_text("process 7 on here since then")
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    assert recorder.notes == [f"{tmp_path}/lock was left by process 7 on here since then, killed"]
    (tmp_path / "checkpoints" / ".partial-step-00000003").mkdir(parents=True)
    recorder.save(Progress(step=4))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000004"]
    assert not list(tmp_path.glob(".partial-*"))


def test_old_checkpoints_make_room_but_the_first_and_the_best_stay(tmp_path, recorder_of):
    recorder = recorder_of(tmp_path, keep_checkpoints=2)
    recorder.start("auto")
    recorder.save(Progress())
    history = []
    for epoch, accuracy in enumerate((0.5, 0.9, 0.9, 0.7, 0.8), start=1):
        row = dataclasses.replace(
            ROWS[0], epoch=epoch, step=10 * epoch, validation_accuracy=accuracy
        )
        history.append(row)
        recorder.save(Progress(step=10 * epoch, history=list(history)))
    steps = [path.name for path in checkpoints.find(tmp_path / "checkpoints")]
    assert steps == ["step-00000000", "step-00000020", "step-00000040", "step-00000050"]
    assert best_epoch(history) == history[1]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (tf.errors.ResourceExhaustedError(None, None, "disk is full"), "disk is full"),
    ],
)
def test_a_write_that_fails_leaves_the_checkpoints_before(
    tmp_path, recorder_of, small_network, monkeypatch, error, reason
):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    save_steps(recorder, small_network, 4)

    def fail(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "write_json", fail)
        with pytest.raises(InputError, match=f"^run_dir: expected a folder to write.*: {reason}$"):
            recorder.save(Progress(step=5))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000004"]
    assert recorder_of(tmp_path).start("auto") == Progress(step=4)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
NAMES = ("architecture", "input_shape", "dataset", "training", "name", "checksums", "epochs")


@pytest.mark.fuzz
@given(st.data())
def test_any_config_is_read_or_refused_in_one_line(tmp_path_factory, sample, data):
    run_dir = tmp_path_factory.mktemp("fuzz")
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    description = describe_run(network, sample, TrainConfig(**CHOICES))
    if data.draw(st.booleans()):
        changed = json.loads(json.dumps(description))
        place = data.draw(st.sampled_from([changed, changed["dataset"], changed["training"]]))
        place[data.draw(st.sampled_from(NAMES) | st.text(max_size=9))] = data.draw(JSON)
        content = json.dumps(changed).encode()
    else:
        content = bytearray(json.dumps(description).encode())
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    (run_dir / "config.json").write_bytes(content)
    for read in (
        lambda: read_dataset_name(run_dir),
        lambda: Recorder(run_dir, network, tf.train.Checkpoint(), description, 1).start("auto"),
    ):
        try:
            read()
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 2_000
            assert str(run_dir) in str(error)

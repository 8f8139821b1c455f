"""What is written, kept and removed while a run goes on, and what damage costs."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tfcnn.errors import InputError
from tfcnn.runs import checkpoints
from tfcnn.runs.metrics import EpochMetrics, best_epoch
from tfcnn.runs.progress import Progress


def save_steps(recorder, network, *steps):
    """Checkpoints whose bias says which they are."""
    for step in steps:
        network.weights["dense1/bias"].assign(tf.fill([10], float(step)))
        recorder.save(Progress(step=step))


def harm(checkpoint):
    [data] = checkpoint.glob("state.data*")
    data.write_bytes(data.read_bytes()[:-1])


def test_metrics_and_tensorboard_hold_the_same_numbers(tmp_path, recorder_of, rows):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    for epochs in (1, 2):
        recorder.epoch_done(Progress(step=938 * epochs, history=rows[:epochs]))
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [EpochMetrics(**line) for line in lines] == rows
    board = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"tensors": 0}).Reload()
    assert set(board.Tags()["tensors"]) == set(lines[0]) - {"epoch", "step"}
    for name in board.Tags()["tensors"]:
        found = {e.step: tf.make_ndarray(e.tensor_proto).item() for e in board.Tensors(name)}
        assert found == pytest.approx({line["epoch"]: line[name] for line in lines}), name


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


def test_it_never_starts_from_nothing_unasked(tmp_path, recorder_of, small_network, refusal):
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


def test_a_run_that_lost_its_checkpoints_is_not_begun_again(tmp_path, recorder_of, refusal, rows):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    recorder.epoch_done(Progress(step=938, history=rows[:1]))
    shutil.rmtree(tmp_path / "checkpoints")
    assert "expected a checkpoint that is whole" in refusal(recorder_of(tmp_path))


def test_old_checkpoints_make_room_but_the_first_and_the_best_stay(tmp_path, recorder_of, rows):
    recorder = recorder_of(tmp_path, keep_checkpoints=2)
    recorder.start("auto")
    recorder.save(Progress())
    history = []
    for epoch, accuracy in enumerate((0.5, 0.9, 0.9, 0.7, 0.8), start=1):
        row = dataclasses.replace(
            rows[0], epoch=epoch, step=10 * epoch, validation_accuracy=accuracy
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
        (
            tf.errors.UnknownError(
                None, None, "/r/.partial-step-00000005-_x1-tfcnn/state.index; full"
            ),
            "/r/step-00000005/state.index; full",
        ),
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

"""A training that was stopped goes on to the same bytes, or is refused before its first step."""

from __future__ import annotations

import dataclasses
import shutil
import signal

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tfcnn.errors import InputError
from tfcnn.runs import Run, checkpoints, recorder
from tfcnn.runs.lock import RunLock
from tfcnn.training import Stopped, trainer

LINEAR = "flatten dense(10,act=linear)"


@pytest.mark.parametrize(
    ("calls", "number", "saved"),
    [
        (6, signal.SIGINT, 21),  # In the second epoch.
        (8, signal.SIGTERM, 26),  # In its last call.
    ],
)
def test_a_stopped_run_goes_on_to_the_same_bytes(
    finished,
    sample,
    tmp_path,
    monkeypatch,
    calls,
    number,
    saved,
    run,
    weight_bytes,
    checkpoint_steps_in,
    without_times,
    signal_after_calls,
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, calls, number)
        with pytest.raises(Stopped) as stopped:
            run(sample, tmp_path)
    assert stopped.value.signal_number == number
    assert checkpoint_steps_in(tmp_path)[-1] == saved
    assert not (tmp_path / "weights.safetensors").exists()

    _, history = run(sample, tmp_path, resume="must")
    assert without_times(history) == without_times(finished[2])
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 3
    # However it was stopped, TensorBoard has every epoch once.
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in board.Tensors("train_loss")] == [1, 2, 3]


def test_checkpoints_between_change_no_bit(
    finished, sample, tmp_path, run, weight_bytes, checkpoint_steps_in
):
    # At most 4 steps a call, 13 an epoch: every boundary falls into another place of a call.
    run(sample, tmp_path, checkpoint_steps=5)
    assert checkpoint_steps_in(tmp_path) == [0, 5, 10, 13, 15, 20, 25, 26, 30, 35, 39]
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_no_checkpoint_is_written_twice(sample, tmp_path, monkeypatch, run):
    save, saved = checkpoints.save, []

    def save_and_tell(folder, state, progress):
        saved.append(progress.step)
        return save(folder, state, progress)

    monkeypatch.setattr(checkpoints, "save", save_and_tell)
    run(sample, tmp_path, checkpoint_steps=13)  # As many as an epoch has.
    assert saved == [0, 13, 26, 39]


def test_without_a_folder_there_is_nothing_to_resume(sample, run):
    with pytest.raises(
        InputError, match=r"^resume: expected auto without a run_dir, found 'must'$"
    ):
        run(sample, resume="must")


def test_a_run_stopped_before_its_last_file_needs_no_step_more(
    finished, sample, tmp_path, monkeypatch, run, weight_bytes, signal_after_calls
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 12)  # The last of all.
        with pytest.raises(Stopped):
            run(sample, tmp_path)
        assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 3
        patch.setattr(trainer.Trainer, "advance", None)
        run(sample, tmp_path)
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_a_finished_run_started_again_changes_nothing(sample, tmp_path, monkeypatch, run):
    _, before = run(sample, tmp_path, text=LINEAR)

    def contents():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    files = contents()
    monkeypatch.setattr(trainer.Trainer, "advance", None)
    _, history = run(sample, tmp_path, text=LINEAR)
    assert history == before
    assert contents() == files


def test_a_run_may_grow(sample, tmp_path, run, choices, weight_bytes):
    longer = dataclasses.replace(choices, epochs=5)
    constant = {"schedule": "constant", "end_learning_rate": None, "warmup": 0.0}
    short, longer = (dataclasses.replace(c, **constant) for c in (choices, longer))
    _, first = run(sample, tmp_path / "grown", short, LINEAR)
    _, grown = run(sample, tmp_path / "grown", longer, LINEAR)
    # With a constant rate it ends where a run of five epochs ends.
    run(sample, tmp_path / "at_once", longer, LINEAR)
    assert grown[:3] == first
    assert weight_bytes(tmp_path / "grown") == weight_bytes(tmp_path / "at_once")


def test_a_run_that_grows_passes_off_no_network_of_fewer_epochs(
    finished, sample, tmp_path, monkeypatch, run, choices, weight_bytes, signal_after_calls
):
    run_dir, longer = tmp_path / "run", dataclasses.replace(choices, epochs=5)
    shutil.copytree(finished[0], run_dir)
    (run_dir / "plots").mkdir()
    (run_dir / "plots" / "patterns_conv1.png").write_bytes(b"of three epochs")
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 6)  # In the fifth epoch.
        with pytest.raises(Stopped):
            run(sample, run_dir, longer)
    assert len((run_dir / "metrics.jsonl").read_text().splitlines()) == 4
    for read in (Run.network, Run.states, Run.best):
        with pytest.raises(InputError, match="expected a folder with a finished run's weights"):
            read(Run(run_dir))
    earlier = run_dir / "weights.earlier.safetensors"
    assert earlier.read_bytes() == weight_bytes(finished[0])
    run(sample, run_dir, longer)
    assert weight_bytes(run_dir) != weight_bytes(finished[0])
    assert not earlier.exists()
    assert not (run_dir / "plots").exists()
    aside = run_dir / "plots.3_epochs" / "patterns_conv1.png"
    assert aside.read_bytes() == b"of three epochs"


def test_killed_before_it_grows_a_run_gets_its_weights_back(
    finished, sample, tmp_path, monkeypatch, run, choices, weight_bytes
):
    run_dir, longer = tmp_path / "run", dataclasses.replace(choices, epochs=5)
    shutil.copytree(finished[0], run_dir)
    with monkeypatch.context() as patch:
        patch.setattr(recorder, "write_json", None)  # The first file that is written.
        with pytest.raises(TypeError):
            run(sample, run_dir, longer)
    assert not (run_dir / "weights.safetensors").exists()
    run(sample, run_dir)
    assert weight_bytes(run_dir) == weight_bytes(finished[0])
    assert not (run_dir / "weights.earlier.safetensors").exists()


def test_a_finished_run_that_lost_its_checkpoints_and_history_is_not_begun_again(
    finished, sample, tmp_path, run, choices, weight_bytes
):
    run_dir = tmp_path / "run"
    shutil.copytree(finished[0], run_dir)
    shutil.rmtree(run_dir / "checkpoints")
    (run_dir / "metrics.jsonl").unlink()
    with pytest.raises(InputError, match="expected a checkpoint that is whole"):
        run(sample, run_dir, dataclasses.replace(choices, epochs=5))
    assert weight_bytes(run_dir) == weight_bytes(finished[0])


def test_refusals_come_before_the_first_step(finished, sample, tmp_path, monkeypatch, run, choices):
    monkeypatch.setattr(trainer.Trainer, "advance", None)
    (tmp_path / "file").touch()
    changed = dataclasses.replace(choices, l2=0.25)
    for run_dir, config, message in (
        (tmp_path / "file" / "run", choices, "run_dir: expected a folder to write to"),
        (tmp_path, choices, "run_dir: expected a new or empty folder or a run"),
        (finished[0], changed, r"was begun with training\.l2=0\.0005, found 0\.25"),
    ):
        with pytest.raises(InputError, match=message):
            run(sample, run_dir, config)


def test_a_damaged_checkpoint_costs_time_but_changes_no_bit(
    finished,
    sample,
    tmp_path,
    monkeypatch,
    capsys,
    run,
    weight_bytes,
    without_times,
    signal_after_calls,
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 6)
        with pytest.raises(Stopped):
            run(sample, tmp_path)
    [data] = tmp_path.glob("checkpoints/step-00000021/state.data*")
    data.write_bytes(data.read_bytes()[:-1])
    capsys.readouterr()
    _, history = run(sample, tmp_path)
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith(f"{data}: expected SHA-256")
    assert told.endswith("set aside as " + str(tmp_path / "checkpoints" / "damaged-step-00000021"))
    assert without_times(history) == without_times(finished[2])
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_one_training_at_a_time(finished, sample, tmp_path, run):
    shutil.copytree(finished[0], tmp_path / "run")
    lock = RunLock(tmp_path / "run" / "lock")
    lock.acquire()
    with pytest.raises(
        InputError, match=f"expected no other training in {tmp_path}/run, found pro"
    ):
        run(sample, tmp_path / "run")
    lock.release()
    run(sample, tmp_path / "run")
    assert not (tmp_path / "run" / "lock").exists()


def test_it_says_where_it_goes_on_and_that_it_is_finished(
    sample, tmp_path, monkeypatch, capsys, run, signal_after_calls
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 2)
        with pytest.raises(Stopped):
            run(sample, tmp_path, text=LINEAR)
    for told in ("goes on after step 8, in epoch 1", "the run is finished: 3 epochs were done"):
        run(sample, tmp_path, text=LINEAR, progress=True)
        assert capsys.readouterr().out.startswith(told)

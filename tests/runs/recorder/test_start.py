"""Where a run starts or goes on, and what is refused before anything is written."""

from __future__ import annotations

import pathlib

import pytest
import tensorflow as tf

import tfcnn
from tfcnn.runs.lock import RunLock
from tfcnn.runs.progress import Progress


def test_a_new_folder_gets_its_descriptions_and_starts_at_nothing(tmp_path, recorder_of):
    run = tmp_path / "runs" / "first"
    assert recorder_of(run).start("auto") == Progress()
    written = {path.name for path in run.iterdir()}
    assert written == {"config.json", "environment.json", "lock", "lock.held"}


def test_a_run_goes_on_from_its_newest_checkpoint(tmp_path, recorder_of, small_network):
    recorder = recorder_of(tmp_path)
    recorder.start("never")
    for step in (9, 10):
        small_network.weights["dense1/bias"].assign(tf.fill([10], float(step)))
        recorder.save(Progress(step=step))
    small_network.weights["dense1/bias"].assign(tf.zeros([10]))
    assert recorder_of(tmp_path).start("must") == Progress(step=10)
    assert small_network.weights["dense1/bias"].numpy().tolist() == [10.0] * 10


def test_resume_decides_what_may_be_there(tmp_path, recorder_of, refusal):
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


def test_a_folder_with_foreign_files_is_refused_and_left_alone(tmp_path, recorder_of, refusal):
    (tmp_path / "thesis.tex").touch()
    expected = f"run_dir: expected a new or empty folder or a run, found {tmp_path}"
    assert refusal(recorder_of(tmp_path)) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("resume", ["auto", "must"])
def test_imported_weights_have_no_training_to_go_on_with(
    tmp_path, recorder_of, refusal, sample, small_network, resume
):
    tfcnn.runs.save_as_run(tmp_path, small_network, sample, {"weights": "net.pth"})
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert refusal(recorder_of(tmp_path), resume) == (
        "run_dir: expected a new folder, or a run with a training to go on with, found imported "
        f"weights in {tmp_path}: in Python tfcnn.training.train goes on from its network, in a "
        "folder of its own"
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_place_that_cannot_be_written_is_refused(tmp_path, recorder_of, monkeypatch, refusal):
    (tmp_path / "file").touch()
    for run in (tmp_path / "file", tmp_path / "file" / "run"):
        message = refusal(recorder_of(run))
        assert message.startswith(f"run_dir: expected a folder to write to, found {run}: ")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "is_file", denied)  # Root may read everything.
    assert refusal(recorder_of(tmp_path / "run")).endswith("/run: Permission denied")


def test_a_finished_run_is_not_written_to(tmp_path, recorder_of, rows):
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    recorder.save(Progress(step=1876, history=rows))
    (tmp_path / "environment.json").write_text("made elsewhere")
    assert recorder_of(tmp_path).start("auto").history == rows
    assert (tmp_path / "environment.json").read_text() == "made elsewhere"


def test_what_a_killed_process_left_is_cleared_away(tmp_path, recorder_of):
    (tmp_path / ".partial-x.json").write_text("{")  # Killed while it wrote its first file.
    (tmp_path / ".partial-saved_model-77").mkdir()  # Killed while it exported.
    (tmp_path / "lock").write_text("process 7 on here since then")
    (tmp_path / "lock.held").touch()
    recorder = recorder_of(tmp_path)
    recorder.start("auto")
    assert recorder.notes == [f"{tmp_path}/lock was left by process 7 on here since then, killed"]
    (tmp_path / "checkpoints" / ".partial-step-00000003").mkdir(parents=True)
    recorder.save(Progress(step=4))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000004"]
    assert not list(tmp_path.glob(".partial-*"))


def test_what_another_trained_before_we_had_the_lock_is_gone_on_with(
    tmp_path, recorder_of, monkeypatch
):
    other, late = recorder_of(tmp_path), recorder_of(tmp_path)
    acquire = RunLock.acquire

    def acquire_late(lock):
        monkeypatch.undo()
        other.start("auto")
        other.save(Progress(step=9))
        other.close()
        return acquire(lock)

    monkeypatch.setattr(RunLock, "acquire", acquire_late)
    assert late.start("auto") == Progress(step=9)

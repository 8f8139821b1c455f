from __future__ import annotations

import errno
import os
import pathlib
import subprocess
import sys

import pytest

from tfcnn.errors import InputError
from tfcnn.runs.lock import RunLock

HOLDS = """
import pathlib, sys
from tfcnn.runs.lock import RunLock
RunLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_one_holder_at_a_time(tmp_path):
    first, second = RunLock(tmp_path / "lock"), RunLock(tmp_path / "lock")
    assert first.acquire() is None
    with pytest.raises(InputError, match=f"found process {os.getpid()} on .* since 20"):
        second.acquire()
    first.release()
    assert list(tmp_path.iterdir()) == []
    assert second.acquire() is None
    first.release()  # It has nothing to release.
    assert (tmp_path / "lock").exists()


def test_another_process_is_named(tmp_path, holder):
    with pytest.raises(InputError) as caught:
        RunLock(tmp_path / "lock").acquire()
    expected = f"run_dir: expected no other training in {tmp_path}, found process {holder.pid} on "
    assert str(caught.value).startswith(expected)


def test_a_killed_process_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    left_by = RunLock(tmp_path / "lock").acquire()
    assert left_by.startswith(f"process {holder.pid} on ")


def test_a_lock_that_cannot_be_written_is_not_held(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    descriptors = pathlib.Path("/proc/self/fd")
    opened = len(list(descriptors.iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space left"):
            RunLock(tmp_path / "lock").acquire()
    assert len(list(descriptors.iterdir())) == opened
    RunLock(tmp_path / "lock").acquire()


def test_a_lock_that_is_removed_while_we_reach_for_it_is_not_held(tmp_path, monkeypatch):
    """The holder removes the file after we have opened it: then another file has to be locked."""
    path = tmp_path / "lock"
    first, second, third = (RunLock(path) for _ in range(3))
    first.acquire()
    open_file, calls = os.open, []

    def open_and_release(*arguments, **options):
        descriptor = open_file(*arguments, **options)
        if not calls:
            first.release()
        calls.append(descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", open_and_release)
    second.acquire()
    assert len(calls) == 2
    with pytest.raises(InputError):
        third.acquire()

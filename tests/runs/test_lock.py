from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import subprocess
import sys

import pytest

from tfcnn.errors import InputError
from tfcnn.runs.directory import locked_file
from tfcnn.runs.lock import RunLock

HOLDS = """
import pathlib, sys
if sys.argv[2] == "hidden":
    sys.modules["fcntl"] = None
from tfcnn.errors import InputError
from tfcnn.runs.lock import RunLock
lock = RunLock(pathlib.Path(sys.argv[1]))
try:
    print("left by", lock.acquire(), flush=True)
except InputError as error:
    print("refused:", error, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path):
    """Starts another process that takes the lock; gives it and what it says.

    With fcntl hidden the library has no lock of the system's, and asks whether a process lives.
    """
    with contextlib.ExitStack() as processes:

        def started(fcntl="there"):
            command = [sys.executable, "-W", "ignore", "-c", HOLDS, str(tmp_path / "lock"), fcntl]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            processes.enter_context(process)
            processes.callback(process.kill)
            return process, process.stdout.readline()

        yield started


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


def test_another_process_is_named(tmp_path, start):
    holder, _ = start()
    with pytest.raises(InputError) as caught:
        RunLock(tmp_path / "lock").acquire()
    expected = f"run_dir: expected no other training in {tmp_path}, found process {holder.pid} on "
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("fcntl", ["there", "hidden"])
def test_a_killed_process_holds_nothing(start, fcntl):
    holder, told = start(fcntl)
    assert told == "left by None\n"
    assert f"found process {holder.pid} on " in start(fcntl)[1]
    holder.kill()
    holder.wait()
    assert start(fcntl)[1].startswith(f"left by process {holder.pid} on ")


def test_a_lock_that_cannot_be_written_is_not_held(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    descriptors = pathlib.Path("/proc/self/fd")
    opened = len(list(descriptors.iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=rf"No space left on device: '{tmp_path}/lock'"):
            RunLock(tmp_path / "lock").acquire()
    assert len(list(descriptors.iterdir())) == opened
    assert list(tmp_path.iterdir()) == []
    RunLock(tmp_path / "lock").acquire()


def test_what_stands_at_its_name_is_neither_followed_nor_waited_for(tmp_path):
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "link").symlink_to("elsewhere")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        lock = RunLock(tmp_path / name)
        lock.acquire()
        assert (tmp_path / name).read_text().startswith(f"process {os.getpid()} on ")
        lock.release()
    assert (tmp_path / "elsewhere").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_a_lock_that_is_removed_while_we_reach_for_it_is_not_held(tmp_path, monkeypatch):
    """The holder removes the file after we have opened it: then another file has to be locked."""
    path = tmp_path / "lock"
    first, second, third = (RunLock(path) for _ in range(3))
    first.acquire()
    open_file, calls = os.open, []

    def open_and_release(*arguments, **options):
        descriptor = open_file(*arguments, **options)
        if os.fspath(arguments[0]) == str(locked_file(path)):
            calls.append(descriptor)
            if len(calls) == 1:
                first.release()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_release)
    second.acquire()
    assert len(calls) == 2
    with pytest.raises(InputError):
        third.acquire()

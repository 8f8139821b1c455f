from __future__ import annotations

import contextlib
import os
import select
import sys

import pytest

from tfcnn.data.sources import client
from tfcnn.data.sources.source import UnavailableError


def python(folder, program, **options):
    client.run([sys.executable, "-c", program], folder, title="test", progress=False, **options)


def test_works_in_the_folder_and_finds_the_file(tmp_path):
    python(tmp_path, "open('a.whl', 'w').write('x')")
    assert client.only_file(tmp_path, "*.whl").read_text() == "x"


def test_none_or_two_files(tmp_path):
    with pytest.raises(UnavailableError, match=r"one downloaded \*\.deb, found 0"):
        client.only_file(tmp_path, "*.deb")
    for name in "ab":
        (tmp_path / f"{name}.deb").touch()
    with pytest.raises(UnavailableError, match="found 2"):
        client.only_file(tmp_path, "*.deb")


def test_missing_client(tmp_path):
    with pytest.raises(UnavailableError, match="no program sauerkraut on this machine"):
        client.run(["sauerkraut", "pack"], tmp_path, title="test", progress=False)


def test_failure_is_told_with_the_last_words(tmp_path):
    program = (
        "import sys; print('chatter', flush=True); "
        "print('E: no such package', file=sys.stderr); exit(3)"
    )
    with pytest.raises(UnavailableError, match=r"^python\S* failed: E: no such package$"):
        python(tmp_path, program)


def test_argument_is_not_read_by_a_shell(tmp_path):
    program = "import sys; open('seen', 'w').write(sys.argv[1])"
    client.run(
        [sys.executable, "-c", program, "$(touch owned); *"], tmp_path, title="t", progress=False
    )
    assert (tmp_path / "seen").read_text() == "$(touch owned); *"
    assert not (tmp_path / "owned").exists()


def test_stalled_client_is_ended_with_its_children(tmp_path, clock_of_the_client):
    # It complains all the time, which is no progress, and has started a process of its own, which
    # holds a pipe open.
    program = (
        "import subprocess, sys, time\n"
        "print('retrying', flush=True)\n"
        "child = \"import signal; pipe = open('pipe', 'w'); pipe.write('a'); pipe.flush(); "
        'signal.pause()"\n'
        "subprocess.Popen([sys.executable, '-c', child])\n"
        "while True:\n"
        "    print('retrying', flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    clock_of_the_client(lambda: 1.0 if select.select([pipe], [], [], 0)[0] else 0.0)
    with pytest.raises(UnavailableError, match=r"made no progress for 10 s"):
        python(tmp_path, program)
    os.set_blocking(pipe, True)
    assert os.read(pipe, 9) == b"a"
    assert os.read(pipe, 9) == b""  # Nobody holds it any more.
    os.close(pipe)


def test_slow_but_growing_download_goes_on(tmp_path, clock_of_the_client):
    program = (
        "with open('told') as told, open('done', 'wb', 0) as done, open('a', 'wb', 0) as file:\n"
        "    while told.read(1):\n"
        "        file.write(b'x')\n"
        "        done.write(b'x')\n"
    )
    for name in ("told", "done"):
        os.mkfifo(tmp_path / name)
    told, done = (os.open(tmp_path / name, os.O_RDWR) for name in ("told", "done"))
    left = iter(range(15))

    def download_a_byte():
        if next(left, None) is None:
            with contextlib.suppress(OSError):  # It is closed already.
                os.close(told)
            return 0.0
        os.write(told, b"x")
        os.read(done, 1)
        return 1.0

    clock_of_the_client(download_a_byte)
    python(tmp_path, program)
    os.close(done)
    assert (tmp_path / "a").stat().st_size == 15


def test_patience_leaves_room_within_fifteen_seconds():
    assert client.NO_PROGRESS_SECONDS + 4 < 15


def test_a_folder_that_vanishes_while_it_is_measured_counts_nothing(tmp_path, let_vanish):
    for name in ("goes", "stays"):
        (tmp_path / name).mkdir()
    (tmp_path / "stays" / "file").write_bytes(b"12345")
    let_vanish("goes")
    assert client._folder_size(tmp_path) == 5


def test_long_work_shows_a_bar(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(client, "BAR_AFTER_SECONDS", 0.0)
    program = "open('a', 'w').write('x' * 5000)"
    client.run([sys.executable, "-c", program], tmp_path, title="digits", progress=True)
    assert "digits: 5.00kB" in capfd.readouterr().err
    python(tmp_path, program)
    assert capfd.readouterr().err == ""


def test_interrupt_ends_the_client(tmp_path, monkeypatch):
    def interrupt(folder):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr(client, "_folder_size", interrupt)
    program = "import os, signal; open('pid', 'w').write(str(os.getpid())); signal.pause()"
    with pytest.raises(KeyboardInterrupt):
        python(tmp_path, program)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)

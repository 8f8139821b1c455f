from __future__ import annotations

import os
import pathlib
import sys
import time

import pytest

from tfcnn.data.sources import client
from tfcnn.data.sources.source import UnavailableError


def python(folder, program, **options):
    client.run([sys.executable, "-c", program], folder, title="test", progress=False, **options)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


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


def test_stalled_client_is_ended_with_its_children(tmp_path):
    # It complains all the time, which is no progress, and has started a process of its own.
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "while True:\n"
        "    print('retrying', flush=True)\n"
        "    time.sleep(0.05)\n"
    )
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"made no progress for 1\.5 s"):
        python(tmp_path, program, no_progress_seconds=1.5)
    assert time.monotonic() - start < 10
    deadline = time.monotonic() + 5
    child = int((tmp_path / "pid").read_text())
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


def test_slow_but_growing_download_goes_on(tmp_path):
    program = (
        "import time\n"
        "with open('slow', 'wb', buffering=0) as file:\n"
        "    for _ in range(15):\n"
        "        file.write(b'x')\n"
        "        time.sleep(0.2)\n"
    )
    python(tmp_path, program, no_progress_seconds=1.5)
    assert (tmp_path / "slow").stat().st_size == 15


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
    program = "import time; open('a', 'w').write('x' * 5000); time.sleep(0.5)"
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
    program = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt):
        python(tmp_path, program)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)

from __future__ import annotations

import codecs
import os

import pytest

from experiments.command_line.flag_files import with_flag_files
from tfcnn.errors import InputError

TEXT = "# A note.\r\n--name=größe 字\r\n\r\n  --epochs=2  \r\n// Another.\r\n--fast"
FLAGS = ["--name=größe 字", "--epochs=2", "--fast"]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\r\n", "\n").encode(),
        codecs.BOM_UTF8 + TEXT.encode(),  # Notepad's "UTF-8 with BOM".
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),  # Its "UTF-16 LE", and PowerShell's ">".
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
)
def test_a_file_of_any_editor(tmp_path, content):
    (tmp_path / "flags.txt").write_bytes(content)
    given = ["toy", f"--flagfile={tmp_path / 'flags.txt'}", "--last"]
    assert with_flag_files(given) == ["toy", *FLAGS, "--last"]
    given = ["toy", "-flagfile", str(tmp_path / "flags.txt"), "--last"]
    assert with_flag_files(given) == ["toy", *FLAGS, "--last"]


def test_files_may_name_files_and_what_follows_two_dashes_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "one").write_text("--a=1\n--flagfile=~/two\n--c=3\n")
    (tmp_path / "two").write_text("--b=2\n")
    given = ["--flagfile=~/one", "--flagfile=~/two", "--", "--flagfile=~/one"]
    assert with_flag_files(given) == ["--a=1", "--b=2", "--c=3", "--b=2", *given[2:]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"--name=caf\xe9\n", "expected text in UTF-8, found something else"),
        ("--fast".encode("utf-16-le"), "expected text in UTF-8, found something else"),
        ("--fast".encode("utf-32"), "expected text in UTF-8, found something else"),
        (codecs.BOM_UTF16_LE + b"-\0-", "expected text in UTF-8, found something else"),
        (None, "expected a file of flags, found no such file"),
    ],
)
def test_what_is_no_text_is_refused_in_a_line(tmp_path, content, said):
    path = tmp_path / "flags.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        with_flag_files([f"--flagfile={path}"])
    assert str(caught.value) == f"--flagfile: {path}: {said}"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="expected a file of flags, found something else"):
        with_flag_files([f"--flagfile={tmp_path / 'pipe'}"])


def test_a_file_that_reads_itself_is_refused(tmp_path):
    (tmp_path / "one").write_text(f"--flagfile={tmp_path}/two")
    (tmp_path / "two").write_text(f"--flagfile={tmp_path}/one")
    with pytest.raises(InputError, match="expected no file that reads itself"):
        with_flag_files([f"--flagfile={tmp_path}/one"])


@pytest.mark.parametrize("given", [["--flagfile="], ["--flagfile"]])
def test_no_file_is_no_value(given):
    with pytest.raises(InputError, match=r"^--flagfile: expected a value"):
        with_flag_files(given)

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import stat
import subprocess
import sys
import tempfile

import pytest

from tfcnn.atomic_files import (
    clear_unfinished,
    new_folder,
    remove_folder,
    replacing,
    write_text,
)

ROOT = pathlib.Path(__file__).parents[1]


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_the_new_file_takes_the_place_at_the_end_only(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")
    with replacing(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
        assert (partial.parent, partial.suffix) == (tmp_path, ".json")
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "a.json"
    target.write_text("old")
    with pytest.raises(error), replacing(target) as partial:
        partial.write_text("half of")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.json"]


def test_an_error_leaves_no_new_file(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "a") as partial:
        partial.write_text("half of")
        raise RuntimeError
    assert names(tmp_path) == []


def test_the_body_may_put_a_file_of_its_own_there(tmp_path):
    with replacing(tmp_path / "a") as partial:
        other = tmp_path / "other"
        other.write_text("moved")
        other.replace(partial)
    assert (tmp_path / "a").read_text() == "moved"


def test_missing_folders_are_made(tmp_path):
    write_text(tmp_path / "runs" / "first" / "a", "x")
    assert (tmp_path / "runs" / "first" / "a").read_text() == "x"


def test_text_is_utf_8_and_paths_may_be_strings(tmp_path):
    write_text(str(tmp_path / "a"), "größe\n")
    assert (tmp_path / "a").read_bytes() == b"gr\xc3\xb6\xc3\x9fe\n"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_rights_are_those_of_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "x")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        write_text(tmp_path / "a", "x")
    assert names(tmp_path) == ["a"]


def test_a_new_folder_takes_its_name_at_the_end_only(tmp_path):
    target = tmp_path / "runs" / "a"
    with new_folder(target) as partial:
        (partial / "deep").mkdir()
        (partial / "deep" / "file").write_text("x")
        assert not target.exists()
        assert partial.parent == target.parent
    assert (target / "deep" / "file").read_text() == "x"
    assert names(target.parent) == ["a"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_no_new_folder(tmp_path, error):
    with pytest.raises(error), new_folder(tmp_path / "a") as partial:
        (partial / "half").write_text("x")
        raise error
    assert names(tmp_path) == []


def test_a_new_folder_takes_no_name_that_is_taken(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileExistsError), new_folder(tmp_path / "a"):
        raise AssertionError
    assert names(tmp_path) == ["a"]


def test_what_a_killed_process_left_is_not_in_the_way(tmp_path):
    # In a container the next process may have the same number as the one that was killed.
    (tmp_path / f".partial-a-{os.getpid()}").mkdir()
    with new_folder(tmp_path / "a") as partial:
        assert list(partial.iterdir()) == []
    assert (tmp_path / "a").is_dir()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o755), (0o077, 0o700), (0o002, 0o775)])
def test_rights_of_a_new_folder_are_those_of_any(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with new_folder(tmp_path / "a"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_folder_gives_way_at_the_end_where_that_is_wanted(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("x")
    with pytest.raises(RuntimeError), new_folder(tmp_path / "a", replace=True):
        raise RuntimeError
    assert names(tmp_path / "a") == ["old"]
    with new_folder(tmp_path / "a", replace=True) as partial:
        (partial / "new").write_text("y")
        assert names(tmp_path / "a") == ["old"]
    assert names(tmp_path / "a") == ["new"]
    assert names(tmp_path) == ["a"]


def test_the_old_folder_goes_only_when_the_new_one_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    removed = []

    def remove(path, **_):
        if pathlib.Path(path).exists():
            removed.append(names(tmp_path / "a"))

    monkeypatch.setattr("shutil.rmtree", remove)
    with new_folder(tmp_path / "a", replace=True) as partial:
        (partial / "new").write_text("y")
    assert removed == [["new"]]


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_name(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("x")
    real = pathlib.Path.rename

    def rename(path, target):
        if (path / "new").exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, target)

    monkeypatch.setattr(pathlib.Path, "rename", rename)
    with (
        pytest.raises(OSError, match="Input/output error"),
        new_folder(tmp_path / "a", replace=True) as partial,
    ):
        (partial / "new").write_text("y")
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["old"]


def test_a_folder_that_came_meanwhile_is_left_alone(tmp_path):
    with pytest.raises(OSError), new_folder(tmp_path / "a") as partial:
        (partial / "mine").write_text("x")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "theirs").write_text("y")
    assert names(tmp_path / "a") == ["theirs"]
    assert names(tmp_path) == ["a"]


def test_a_removal_that_is_cut_short_leaves_no_half_folder(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # As if killed there.
        remove_folder(tmp_path / "a")
    [left] = names(tmp_path)
    assert left.startswith(".partial-a-")
    clear_unfinished(tmp_path)
    assert names(tmp_path) == []


def test_only_what_is_unfinished_is_cleared(tmp_path):
    (tmp_path / ".partial-deep" / "er").mkdir(parents=True)
    (tmp_path / ".partial-file").write_text("x")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / ".partial-elsewhere").write_text("y")
    (tmp_path / ".partial-link").symlink_to(tmp_path / "kept")
    clear_unfinished(tmp_path)
    assert names(tmp_path) == ["kept"]
    assert names(tmp_path / "kept") == [".partial-elsewhere"]


@pytest.mark.parametrize("make", [replacing, new_folder])
def test_an_error_of_the_disk_names_what_was_wanted(tmp_path, make):
    target = tmp_path / "wanted.png"
    full = OSError(errno.ENOSPC, "No space left on device")  # As write() gives it: without a name.
    with pytest.raises(OSError) as caught, make(target):
        raise full
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(target))


def test_an_error_of_another_file_names_that(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "wanted.png"):
        (tmp_path / "other.txt").read_text()
    assert caught.value.filename == str(tmp_path / "other.txt")


# Says that it is half way, and waits until its stdin ends or it is killed.
_WRITER = """
import sys
from tfcnn import atomic_files
with getattr(atomic_files, sys.argv[1])(sys.argv[2]) as partial:
    (partial / "half" if partial.is_dir() else partial).write_text("half of")
    print(partial.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def half_way(tmp_path):
    """Starts a process that is writing ``tmp_path / "one.png"``; gives it and its leftover."""
    with contextlib.ExitStack() as started:

        def start(how):
            command = [sys.executable, "-c", _WRITER, how, str(tmp_path / "one.png")]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            process = started.enter_context(subprocess.Popen(command, cwd=ROOT, **pipes))
            started.callback(process.kill)
            return process, process.stdout.readline().strip()

        yield start


@pytest.mark.parametrize("how", ["replacing", "new_folder", "passing_folder"])
@pytest.mark.parametrize("next_one", ["one.png", "other.txt"])
def test_what_a_killed_writer_left_goes_with_the_next_and_a_live_ones_stays(
    tmp_path, half_way, how, next_one
):
    process, left = half_way(how)
    write_text(tmp_path / "another", "x")
    with new_folder(tmp_path / "a folder"):
        clear_unfinished(tmp_path)
    assert sorted(names(tmp_path)) == sorted([left, "a folder", "another"])
    process.kill()
    process.wait()
    assert left in names(tmp_path)
    write_text(tmp_path / next_one, "y")
    assert sorted(names(tmp_path)) == sorted(["a folder", "another", next_one])


@pytest.mark.parametrize("how", ["replacing", "new_folder"])
def test_a_live_writer_ends_as_if_nobody_had_swept(tmp_path, half_way, how):
    process, _ = half_way(how)
    write_text(tmp_path / "another", "x")
    process.communicate("")
    assert process.returncode == 0
    assert sorted(names(tmp_path)) == ["another", "one.png"]


def test_a_fresh_file_that_was_taken_for_a_leftover_is_made_again(tmp_path, monkeypatch):
    real, swept = tempfile.mkstemp, []

    def mkstemp(**choices):
        handle, name = real(**choices)
        if not swept:
            swept.append(name)
            clear_unfinished(tmp_path)
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    write_text(tmp_path / "a", "x")
    assert len(swept) == 1
    assert names(tmp_path) == ["a"]


def test_other_programs_files_of_such_names_stay(tmp_path):
    (tmp_path / ".partial-download").write_text("theirs")
    write_text(tmp_path / "a", "x")
    assert sorted(names(tmp_path)) == [".partial-download", "a"]


def test_without_locks_all_is_written_and_nothing_is_taken_for_left(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    (tmp_path / ".partial-x-tfcnn").write_text("half of")
    write_text(tmp_path / "a", "x")
    with new_folder(tmp_path / "b"):
        pass
    assert sorted(names(tmp_path)) == [".partial-x-tfcnn", "a", "b"]

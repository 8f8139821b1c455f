from __future__ import annotations

import os

import pytest

from tfcnn.errors import InputError
from tfcnn.json_files import read_json_lines
from tfcnn.regular_files import read_regular


def test_a_file_of_the_largest_size_is_read_whole_and_one_byte_more_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"\x00\r\n\xff")
    assert read_regular(tmp_path / "a", 4) == b"\x00\r\n\xff"
    with pytest.raises(InputError, match=r"a: expected at most 3 bytes, found more$"):
        read_regular(tmp_path / "a", 3)


def test_a_link_to_a_file_is_that_file(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").symlink_to("a")
    assert read_regular(tmp_path / "b", 9) == b"x"


def test_a_file_that_is_longer_than_it_says_is_read_whole():
    content = read_regular("/proc/self/limits", 10**6)  # Linux says that it has no bytes.
    assert content.startswith(b"Limit") and len(content) > 1_000
    with pytest.raises(InputError, match=r"limits: expected at most 100 bytes, found more$"):
        read_regular("/proc/self/limits", 100)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a device"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "a"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)  # Nobody writes to it: to wait would be to wait for ever.
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(
        InputError, match=r"a: expected a JSON file, found (something else|Is a dir)"
    ):
        read_regular(path, 10**6, "a JSON file")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a: expected a picture, found no such file$"):
        read_regular(tmp_path / "a", 1, "a picture")


def test_objects_are_read_line_by_line(tmp_path):
    (tmp_path / "a").write_bytes(b'{"x": 1}\n\n{"x": "\xc3\xa4"}\n')
    assert read_json_lines(tmp_path / "a") == [{"x": 1}, {"x": "ä"}]


@pytest.mark.parametrize("line", [b"[1]", b'{"x": NaN}', b'{"x": "\xff"}', b"[" * 100_000, b"{"])
def test_a_line_that_is_no_object_is_named(tmp_path, line):
    (tmp_path / "a").write_bytes(b'{"x": 1}\n' + line)
    with pytest.raises(InputError, match=r"/a: line 2: expected (JSON|a JSON object), found "):
        read_json_lines(tmp_path / "a")

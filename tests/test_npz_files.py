from __future__ import annotations

import os
import zipfile

import numpy as np
import pytest

from tfcnn import npz_files
from tfcnn.errors import InputError

COMMENT_LENGTH = 32  # Where it stands in an entry of a zip archive's directory.


@pytest.fixture
def path(tmp_path):
    np.savez(tmp_path / "a.npz", first=np.arange(3), second=np.eye(2), third=np.zeros(0))
    return tmp_path / "a.npz"


def names_in(path):
    with npz_files.opened(path, str(path)) as arrays:
        return list(arrays)


def test_an_entry_that_swallows_those_after_it_is_found(path):
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + COMMENT_LENGTH + 1] ^= 1  # 256 bytes of comment, which are the other entries.
    path.write_bytes(content)
    assert zipfile.ZipFile(path).namelist() == ["first.npy"]  # It finds nothing wrong.
    with pytest.raises(InputError, match=r"a.npz: expected an npz file, found 1 of 3 arrays$"):
        names_in(path)


def test_a_comment_of_the_archive_is_none_of_our_business(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by hand"
    assert names_in(path) == ["first", "second", "third"]


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(InputError, match=r"a.npz: expected an npz file, found something else$"):
        names_in(tmp_path / "a.npz")

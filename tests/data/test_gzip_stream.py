from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data.gzip_stream import GzipStream


@given(
    st.lists(st.tuples(st.binary(max_size=300), st.text("\0 \t\r\n", max_size=9)), min_size=1),
    st.lists(st.integers(1, 70)),
)
def test_members_with_white_space_behind_them(members, sizes):
    packed = b"".join(gzip.compress(data) + padding.encode() for data, padding in members)
    whole = b"".join(data for data, _ in members)
    stream = GzipStream(io.BytesIO(packed))
    for size in sizes:
        assert stream.read(size) == whole[:size]
        whole = whole[size:]
    assert stream.read(len(whole) + 1) == whole


def test_large_files_are_read_in_pieces():
    whole = bytes(range(256)) * 20_000
    stream = GzipStream(io.BytesIO(gzip.compress(whole, 0) + b"\n"))
    assert stream.read(2**19) + stream.read(2**30) == whole


@pytest.mark.parametrize(
    "tail", [b"\nx", b"\x1f", b"\x1fx", b"\x1f\x8b\x09" * 9, b" " * 2**18 + b"a"]
)
def test_anything_else_behind_the_end_is_refused(tail):
    with pytest.raises(zlib.error):
        GzipStream(io.BytesIO(gzip.compress(b"abc") + tail)).read(4)


@pytest.mark.parametrize("lost", [1, 8, 9, 20])
def test_a_file_that_ends_too_early(lost):
    with pytest.raises(EOFError, match="end mark"):
        GzipStream(io.BytesIO(gzip.compress(b"abc" * 9)[:-lost])).read(28)


def test_a_wrong_checksum_is_noticed():
    packed = bytearray(gzip.compress(b"abc"))
    packed[-8] ^= 1
    with pytest.raises(zlib.error, match="incorrect data check"):
        GzipStream(io.BytesIO(packed)).read(4)

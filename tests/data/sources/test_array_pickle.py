from __future__ import annotations

import io
import os
import pickle
import struct

import numpy as np
import pytest

from tfcnn.data.sources import array_pickle
from tfcnn.errors import InputError


def load(body):
    return array_pickle.load(io.BytesIO(b"\x80\x02" + body + b"."), "some.pkl")


def test_planted_arrays_come_back(python2_array):
    images = np.arange(6, dtype="<f4").reshape(2, 3) / 256
    labels = np.array([3, 9], dtype="<i8")
    first = python2_array((2, 3), b"f4", b"<", images.tobytes())
    second = python2_array((2,), b"i8", b"<", labels.tobytes())
    found_images, found_labels = load(first + second + b"\x86")
    assert found_images.dtype == np.float32
    assert (found_images == images).all()
    assert found_labels.dtype == np.int64
    assert found_labels.tolist() == [3, 9]


class Evil:
    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_evil_pickle_is_refused_and_does_nothing(tmp_path, protocol):
    evil = Evil()
    evil.path = str(tmp_path / "owned")
    stream = io.BytesIO(pickle.dumps(evil, protocol=protocol))
    with pytest.raises(InputError, match=r"some\.pkl: expected .* found the name posix\.mkdir"):
        array_pickle.load(stream, "some.pkl")
    assert not (tmp_path / "owned").exists()


BAD = {
    "eval": b"cbuiltins\neval\nU\x011\x85R",
    "getattr": b"cbuiltins\ngetattr\n",
    "numpy's own loader": b"cnumpy\nload\nU\x01x\x85R",
    "a dotted name": b"cnumpy\nndarray.tofile\n",
    "a number": b"K\x07",
    "a list": b"]",
    "a dictionary": b"}",
    "nothing": b"",
    "no pickle": b"\xff\xff",
    "a string longer than the file": b"T" + struct.pack("<i", 2**31 - 1) + b"ab",
    "an array without state": b"cnumpy.core.multiarray\n_reconstruct\n)R",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused_in_one_line(body):
    with pytest.raises(InputError, match=r"^some\.pkl: expected a pickle of NumPy arrays, found ."):
        load(body)


@pytest.mark.parametrize(
    "description",
    [
        ((1,), b"O8", b"|", b"12345678"),
        ((1,), b"f4", b">", b"1234"),
        ((10**9, 10**9), b"f4", b"<", b"1234"),
        ((-1, -1), b"f4", b"<", b"1234"),
    ],
    ids=["objects", "big-endian", "more shape than bytes", "negative shape"],
)
def test_odd_array_is_refused(python2_array, description):
    with pytest.raises(InputError, match=r"^some\.pkl: expected a pickle of NumPy arrays, found ."):
        load(python2_array(*description))


def test_truncated_anywhere(python2_array):
    whole = b"\x80\x02" + python2_array((2,), b"i8", b"<", bytes(16)) + b"."
    for length in range(len(whole)):
        with pytest.raises(InputError):
            array_pickle.load(io.BytesIO(whole[:length]), "some.pkl")

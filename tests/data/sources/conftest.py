from __future__ import annotations

import errno
import os
import pathlib
import struct
import tempfile
import time
import types

import pytest

from tfcnn.data.sources import client


def text(value):
    return b"U" + bytes([len(value)]) + value


def integer(value):
    return b"J" + struct.pack("<i", value)


@pytest.fixture(scope="session")
def python2_array():
    """Writes an array as Python 2's pickle did, opcode by opcode (pickletools)."""

    def write(shape, kind, order, data):
        return (
            b"cnumpy.core.multiarray\n_reconstruct\n"
            + (b"cnumpy\nndarray\n" + integer(0) + b"\x85" + text(b"b") + b"\x87R")
            + (b"(" + integer(1) + b"(" + b"".join(map(integer, shape)) + b"t")
            + (b"cnumpy\ndtype\n" + text(kind) + integer(0) + integer(1) + b"\x87R")
            + (b"(" + integer(3) + text(order) + b"NNN" + integer(-1) * 2 + integer(0) + b"tb")
            + (b"\x89T" + struct.pack("<i", len(data)) + data + b"tb")
        )

    return write


@pytest.fixture
def folders_that_stay(monkeypatch, tmp_path):
    """Temporary folders cannot be removed, as if a client's child were still writing there."""

    def refuse(path, **_):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("os.rmdir", refuse)


@pytest.fixture
def let_vanish(monkeypatch):
    """Lets the empty folder of a name be gone when somebody lists it."""

    def vanish(name):
        real = os.scandir

        def scandir(path):
            if pathlib.Path(path).name == name:
                pathlib.Path(path).rmdir()
            return real(path)

        monkeypatch.setattr("os.scandir", scandir)

    return vanish


@pytest.fixture
def clock_of_the_client(monkeypatch):
    """Stands in for the module ``time`` where a client is watched: it passes as the test says.

    Called with a function that gives the seconds that pass at each look; without, it stands still.
    """

    def set_clock(seconds_of_a_look=lambda: 0.0):
        now = types.SimpleNamespace(seconds=0.0)

        def sleep(_):
            time.sleep(0.01)
            now.seconds += seconds_of_a_look()

        clock = types.SimpleNamespace(monotonic=lambda: now.seconds, sleep=sleep)
        monkeypatch.setattr(client, "time", clock)

    return set_clock

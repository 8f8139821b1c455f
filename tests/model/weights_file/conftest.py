"""A small network, and its file taken apart and put together again by hand."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc

import pytest

from tfcnn.errors import InputError
from tfcnn.model.architecture import parse
from tfcnn.model.network import Network

TEXT = "conv(3,(3,2),act=selu) batchnorm max(2) flatten dense(2,act=linear)"
INPUT_SHAPE = (7, 6, 2)


@pytest.fixture
def network(randomize):
    network = Network(parse(TEXT), INPUT_SHAPE, seed=1)
    randomize(network, 2)
    return network


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A file that nothing is wrong with."""
    path = tmp_path_factory.mktemp("whole") / "w.safetensors"
    Network(parse(TEXT), INPUT_SHAPE).save(path)
    return path


@pytest.fixture(scope="session")
def parts():
    """Reads a file: the header as JSON, and the bytes after it."""

    def read(path):
        data = path.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        return json.loads(data[8 : 8 + length]), data[8 + length :]

    return read


@pytest.fixture(scope="session")
def write_raw():
    """Writes a file with any header, and any bytes after it."""

    def write(path, header, data=b""):
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)

    return write


@pytest.fixture(scope="session")
def refusal():
    """The message of a load that must fail: one line, naming the file, soon and in little room."""

    def message_of(path):
        tracemalloc.start()
        begin = time.process_time()
        try:
            with pytest.raises(InputError) as caught:
                Network.load(path)
            seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        message = str(caught.value)
        assert len(message.splitlines()) == 1
        assert message.startswith(f"{path}: ")
        assert seconds < 20
        assert peak < 20e6
        return message.removeprefix(f"{path}: ")

    return message_of

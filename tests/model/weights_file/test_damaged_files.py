"""A file that was damaged is refused in one line; what is read is what was written."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.model.network import Network


def test_a_missing_file_is_named(tmp_path, refusal):
    assert refusal(tmp_path / "none") == "expected a weights file, found no such file"
    assert refusal(tmp_path) == "expected a weights file, found Is a directory"


NO_SAFETENSORS = {
    "empty": b"",
    "shorter than a length": b"\0" * 7,
    "zeros": b"\0" * 100,
    "ones": b"\xff" * 1000,
    "zip": b"PK\x03\x04 this is a zip",
    "header of 8 EiB": struct.pack("<Q", 2**63) + b"{}",
    "header of 1 TiB": struct.pack("<Q", 2**40) + b"{}",
    "list": struct.pack("<Q", 2) + b"[]",
    "not UTF-8": struct.pack("<Q", 4) + b"\xff\xfe{}",
    "line break in a name": struct.pack("<Q", 12) + b'{"a\nb": "c"}',
    "deep": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "NaN": struct.pack("<Q", 16) + b'{"a": NaN      }',
}


@pytest.mark.parametrize("data", NO_SAFETENSORS.values(), ids=NO_SAFETENSORS)
def test_what_is_no_safetensors_file_is_refused(tmp_path, data, refusal):
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    assert refusal(path).startswith("expected a safetensors file, found ")


def test_every_truncation_is_refused(network, tmp_path, refusal):
    path = tmp_path / "w.safetensors"
    network.save(path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert refusal(path).startswith("expected a safetensors file, found ")
    path.write_bytes(whole + b"\0")
    assert refusal(path).startswith("expected a safetensors file, found ")


@pytest.mark.fuzz
@given(st.data())
def test_a_file_with_wrong_bytes_is_read_or_refused_in_one_line(whole, data):
    """What is read is what was written, whichever bytes are wrong."""
    content = bytearray(whole.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    changed = whole.with_name("changed.safetensors")
    changed.write_bytes(content)
    try:
        loaded, written = (Network.load(path).tensors() for path in (changed, whole))
        assert all(np.array_equal(loaded[path], written[path]) for path in written)
    except InputError as error:
        assert len(str(error).splitlines()) == 1
        assert str(error).startswith(f"{changed}: ")


def test_every_flipped_bit_of_the_tensors_is_found(network, tmp_path, refusal, parts, write_raw):
    path = tmp_path / "w.safetensors"
    network.save(path)
    header, data = parts(path)
    for position in range(0, len(data), 11):
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        write_raw(path, header, bytes(flipped))
        assert refusal(path).startswith(f"expected SHA-256 '{header['__metadata__']['sha256']}' of")


def test_another_architecture_for_the_same_weights_is_found(
    network, tmp_path, refusal, parts, write_raw
):
    path = tmp_path / "w.safetensors"
    network.save(path)
    header, data = parts(path)
    header["__metadata__"]["architecture"] = str(network.architecture).replace("selu", "relu")
    write_raw(path, header, data)
    assert refusal(path).startswith("expected SHA-256 ")

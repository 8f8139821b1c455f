from __future__ import annotations

import gzip
import resource
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import idx
from tfcnn.errors import InputError

# Two images of two rows and three columns, written by hand.
IMAGES = b"\x00\x00\x08\x03" + b"\0\0\0\x02\0\0\0\x02\0\0\0\x03" + bytes(range(12))
LABELS = b"\x00\x00\x08\x01" + b"\0\0\0\x03" + b"\x07\x00\xff"


def test_images_by_hand():
    images = idx.decode_images(IMAGES, "x")
    assert images.dtype == np.uint8
    assert images[..., 0].tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]
    assert images.shape == (2, 2, 3, 1)


def test_labels_by_hand():
    labels = idx.decode_labels(LABELS, "x")
    assert labels.dtype == np.int32
    assert labels.tolist() == [7, 0, 255]


def test_encoding_gives_the_bytes_written_by_hand():
    assert idx.encode_images(np.arange(12, dtype=np.uint8).reshape(2, 2, 3, 1)) == IMAGES
    assert idx.encode_labels(np.array([7, 0, 255])) == LABELS


@pytest.mark.parametrize("payload", [IMAGES, LABELS])
@pytest.mark.parametrize("packed", [False, True])
def test_reads_plain_and_gzip_whatever_the_name(tmp_path, payload, packed):
    path = tmp_path / "misnamed.txt"
    path.write_bytes(gzip.compress(payload) if packed else payload)
    assert idx.read_payload(path) == payload


def test_written_gzip_is_read_by_the_standard_library(tmp_path):
    idx.write_payload(tmp_path / "a.gz", IMAGES)
    idx.write_payload(tmp_path / "a", IMAGES)
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == IMAGES
    assert (tmp_path / "a").read_bytes() == IMAGES


def header(*sizes):
    return struct.pack(f">{1 + len(sizes)}I", 0x803 if len(sizes) == 3 else 0x801, *sizes)


BAD = {
    "empty": (b"", "magic number"),
    "text": (b"<html>not found</html>", "magic number .* found 0x3c68746d"),
    "floats": (
        b"\x00\x00\x0d\x03" + IMAGES[4:],
        r"0x00000803 \(images\) or 0x00000801 \(labels\) .* found 0x00000d03$",
    ),
    "cut in the magic number": (IMAGES[:3], "magic number"),
    "cut in the sizes": (IMAGES[:9], "truncated"),
    "cut in the values": (IMAGES[:-1], "expected 12 bytes of values .* truncated"),
    "one byte more": (IMAGES + b"!", "expected 12 bytes of values .* found more"),
    "enormous": (header(2**32 - 1, 2**32 - 1, 2**32 - 1) + b"1234", "truncated or too large"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("content, message", BAD.values(), ids=BAD.keys())
def test_bad_file_is_named_in_one_line(tmp_path, content, message, packed):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(InputError, match=message) as caught:
        idx.read_payload(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-9],
        lambda packed: packed[:-8] + b"\0" * 8,
        lambda packed: packed[:12] + b"\xff" * 8 + packed[20:],
    ],
    ids=["truncated", "wrong checksum", "overwritten"],
)
def test_damaged_gzip(tmp_path, damage):
    path = tmp_path / "labels.gz"
    path.write_bytes(damage(gzip.compress(LABELS * 9)))
    with pytest.raises(InputError, match=r"labels\.gz: expected"):
        idx.read_payload(path)


def test_gzip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.gz"
    zeros = bytes(16 * 2**20)
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(header(4))
        for _ in range(8):
            file.write(zeros)
    del zeros
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="found more"):
        idx.read_payload(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_declared_size_beyond_any_compression_is_refused_before_reading(tmp_path):
    path = tmp_path / "lie.gz"
    path.write_bytes(gzip.compress(header(900_000, 28, 28) + bytes(100_000)))
    with pytest.raises(InputError, match="expected 705600000 bytes"):
        idx.read_payload(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="nothing: expected a readable IDX file, found No such"):
        idx.read_payload(tmp_path / "nothing")
    with pytest.raises(InputError, match="found Is a directory"):
        idx.read_payload(tmp_path)


def test_images_are_not_labels():
    images, labels = r"0x00000803 \(images\)", r"0x00000801 \(labels\)"
    with pytest.raises(
        InputError, match=f"^x: expected the magic number {images}, found {labels}$"
    ):
        idx.decode_images(LABELS, "x")
    with pytest.raises(
        InputError, match=f"^x: expected the magic number {labels}, found {images}$"
    ):
        idx.decode_labels(IMAGES, "x")


def test_no_image_at_all():
    with pytest.raises(InputError, match="at least one image"):
        idx.decode_images(header(0, 28, 28), "x")


@pytest.mark.fuzz
@given(st.sampled_from([IMAGES, LABELS]), st.booleans(), st.data())
def test_wrong_bytes_are_refused_in_one_line_or_harmless(
    tmp_path_factory, little_memory, whole, packed, data
):
    path = tmp_path_factory.mktemp("fuzz") / "x"
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path.write_bytes(gzip.compress(content) if packed else content)
    with little_memory():
        for decode in (idx.decode_images, idx.decode_labels):
            try:
                array = decode(idx.read_payload(path), str(path))
            except InputError as error:
                assert len(str(error).splitlines()) == 1
                assert str(path) in str(error)
            else:
                assert array.size <= len(content)


@pytest.mark.fuzz
@given(st.binary(max_size=100))
def test_wrong_compressed_bytes_are_refused_or_harmless(tmp_path_factory, little_memory, tail):
    path = tmp_path_factory.mktemp("fuzz") / "x.gz"
    path.write_bytes(b"\x1f\x8b" + tail)
    with little_memory(), pytest.raises(InputError, match=r"x\.gz"):
        idx.decode_images(idx.read_payload(path), str(path))

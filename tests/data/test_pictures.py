from __future__ import annotations

import io
import os

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tfcnn.data import pictures, read_picture
from tfcnn.errors import InputError

COLOURS = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)


def write(path, pixels):
    path.write_bytes(tf.io.encode_png(np.asarray(pixels, np.uint8)).numpy())
    return path


def encoded(pixels, kind, **choices):
    """A file as Pillow, which shares no code with ours, writes it."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, kind, **choices)
    return file.getvalue()


def test_a_picture_of_the_right_size_is_read_to_the_last_bit(tmp_path):
    path = write(tmp_path / "a.png", COLOURS)
    np.testing.assert_array_equal(read_picture(path, (5, 4, 3)), COLOURS)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "1", "I;16"])
def test_every_kind_of_png_is_what_pillow_reads(mode):
    file = io.BytesIO()
    if mode == "I;16":
        Image.fromarray(np.arange(20, dtype=np.uint16).reshape(5, 4) * 3000).save(file, "PNG")
        expected = np.repeat((np.arange(20).reshape(5, 4, 1) * 3000) >> 8, 3, axis=2)
    else:
        picture = Image.fromarray(COLOURS).convert(mode)
        picture.save(file, "PNG")
        expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(pictures.decode(file.getvalue(), "x"), expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_what_pillow_reads(progressive, channels):
    smooth = np.linspace(0, 255, 16 * 24).reshape(16, 24, 1).astype(np.uint8)
    pixels = smooth[..., 0] if channels == 1 else np.concatenate([smooth, 255 - smooth, smooth], 2)
    content = encoded(pixels, "JPEG", progressive=progressive, quality=95, subsampling=0)
    expected = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    found = pictures.decode(content, "x")
    np.testing.assert_allclose(found.astype(int), expected, atol=1)
    assert pictures.is_grey(found) == (channels == 1)


def with_scans(jpeg, more):
    """The file with ``more`` copies of its last scan's header, whose length follows the marker."""
    start = jpeg.rindex(b"\xff\xda")
    end = start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:-2] + jpeg[start:end] * more + jpeg[-2:]


def test_what_is_no_header_of_a_scan_is_not_counted_as_one():
    jpeg = encoded(COLOURS, "JPEG", progressive=True)
    assert 2 <= jpeg.count(b"\xff\xda\x00") <= 10
    film = b"\xff\xda\x00\x0c\x02" + b"\xff\xda" * 99  # Behind the end of a motion photo.
    expected = pictures.decode(jpeg, "x")
    np.testing.assert_array_equal(pictures.decode(jpeg + film, "x"), expected)
    with pytest.raises(InputError, match=r"^x: expected a JPEG of at most 64 scans, found 7[0-9]$"):
        pictures.decode(with_scans(jpeg, 68), "x")


def test_grey_is_luma():
    expected = np.asarray(Image.fromarray(COLOURS).convert("L"), int)  # Pillow's is BT.601 too.
    np.testing.assert_allclose(pictures.to_grey(COLOURS)[..., 0].astype(int), expected, atol=1)


def test_a_larger_one_is_averaged(tmp_path):
    pixels = np.kron([[10, 200], [90, 250]], np.ones((8, 8)))[..., np.newaxis]
    found = read_picture(write(tmp_path / "a.png", pixels), (4, 4, 1))
    assert found.shape == (4, 4, 1)
    assert found[[0, 0, 3, 3], [0, 3, 0, 3], 0].tolist() == [10, 200, 90, 250]


def test_colour_becomes_grey_where_the_network_sees_grey(tmp_path):
    found = read_picture(write(tmp_path / "a.png", np.full((3, 3, 3), 77)), (3, 3, 1))
    assert found[..., 0].tolist() == [[77] * 3] * 3


def test_what_is_no_picture_is_refused_in_one_line(tmp_path):
    whole = write(tmp_path / "whole.png", np.zeros((9, 9, 1))).read_bytes()
    bomb = whole[:16] + (2**30).to_bytes(4, "big") + whole[20:]
    jpeg = encoded(np.zeros((9, 9)), "JPEG")
    os.mkfifo(tmp_path / "pipe")
    for name, content, found in (
        ("text", b"digit", "another format"),
        ("cut", whole[:40], "a damaged one"),
        ("bomb", bomb, "1073741824 x 9"),
        ("empty", b"", "another format"),
        ("cut.jpg", jpeg[:-20], "a damaged one"),
        ("grey.jpg", with_scans(jpeg, 99), "100"),
        ("colours.jpg", with_scans(encoded(COLOURS, "JPEG"), 64), "65"),
        ("large", whole + bytes(pictures.MOST_BYTES), "more"),
        ("pipe", None, "something else"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"^image: .*{name}: expected .*{found}$"):
            read_picture(tmp_path / name, (9, 9, 1))
    with pytest.raises(InputError, match=r"nowhere: expected .* found no such file"):
        read_picture(tmp_path / "nowhere", (9, 9, 1))
    with pytest.raises(InputError, match="1 or 3 channels, found 2"):
        read_picture(tmp_path / "whole.png", (9, 9, 2))


@pytest.mark.fuzz
@given(st.sampled_from(["PNG", "JPEG"]), st.data())
def test_wrong_bytes_are_refused_in_one_line_or_harmless(little_memory, kind, data):
    content = bytearray(encoded(np.tile(COLOURS, (4, 4, 1)), kind))
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with little_memory():
        try:
            found = pictures.decode(bytes(content), "the file")
        except InputError as error:
            assert str(error).startswith("the file: ")
            assert len(str(error).splitlines()) == 1
        else:
            assert found.ndim == 3 and found.shape[2] == 3

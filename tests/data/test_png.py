from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.data import read_png
from tfcnn.errors import InputError


def write(path, pixels):
    path.write_bytes(tf.io.encode_png(np.asarray(pixels, np.uint8)).numpy())
    return path


def test_a_picture_of_the_right_size_is_read_to_the_last_bit(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3))
    np.testing.assert_array_equal(read_png(write(tmp_path / "a.png", pixels), (5, 4, 3)), pixels)


def test_a_larger_one_is_averaged(tmp_path):
    pixels = np.kron([[10, 200], [90, 250]], np.ones((8, 8)))[..., np.newaxis]
    found = read_png(write(tmp_path / "a.png", pixels), (4, 4, 1))
    assert found.shape == (4, 4, 1)
    assert found[[0, 0, 3, 3], [0, 3, 0, 3], 0].tolist() == [10, 200, 90, 250]


def test_colour_becomes_grey_where_the_network_sees_grey(tmp_path):
    found = read_png(write(tmp_path / "a.png", np.full((3, 3, 3), 77)), (3, 3, 1))
    assert found[..., 0].tolist() == [[77] * 3] * 3


def test_what_is_no_picture_is_refused_in_one_line(tmp_path):
    whole = write(tmp_path / "whole.png", np.zeros((9, 9, 1))).read_bytes()
    bomb = whole[:16] + (2**30).to_bytes(4, "big") + whole[20:]
    for name, content in (("text", b"digit"), ("cut", whole[:40]), ("bomb", bomb), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"^image: expected a PNG .*{name}$"):
            read_png(tmp_path / name, (9, 9, 1))
    with pytest.raises(InputError, match=r"found .*nowhere: No such file"):
        read_png(tmp_path / "nowhere", (9, 9, 1))
    with pytest.raises(InputError, match="1 or 3 channels, found 2"):
        read_png(tmp_path / "whole.png", (9, 9, 2))

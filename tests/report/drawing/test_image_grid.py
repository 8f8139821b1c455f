from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.report.drawing.image_grid import draw_image_grid


def drawn(images, tmp_path, title="conv3", caption="{0}: {0}.25 found"):
    path = tmp_path / "patterns.png"
    captions = [caption.format(number) for number in range(len(images))]
    draw_image_grid(images, captions, path, title)
    pixels = matplotlib.image.imread(path)[..., :3]
    edges = [pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]]
    assert all((edge == 1).all() for edge in edges), "something reaches the picture's edge"
    return pixels


def middles(pixels, colors):
    """The middle of the tile of each colour, within a step of 8-bit rounding: (row, column)."""
    found = []
    for color in colors:
        rows, columns = np.nonzero(np.abs(pixels - color).max(axis=2) < 1.2 / 255)
        assert len(rows) > 1000, f"no tile of colour {color}"
        found.append((np.median(rows), np.median(columns)))
    return np.array(found)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (5, 3), (10, 4), (30, 6)])
def test_each_image_stands_at_its_place_in_reading_order(tmp_path, count, columns):
    reds = np.linspace(40, 200, count).round() / 255
    colors = np.stack([reds, 1 - reds, np.zeros(count)], axis=1)  # None is that of a frame.
    images = np.broadcast_to(colors[:, None, None], (count, 28, 28, 3))
    centres = middles(drawn(images, tmp_path), colors)
    rows = np.arange(count) // columns
    for row in range(rows.max() + 1):
        line = centres[rows == row]
        assert np.ptp(line[:, 0]) <= 2
        assert (np.diff(line[:, 1]) > 50).all()
    assert (np.diff(centres[::columns, 0]) > 50).all()


def test_black_is_0_and_white_is_1_whatever_the_image_holds(tmp_path):
    faint = np.full((1, 28, 28, 1), 100 / 255)
    faint[0, :14] = 102 / 255
    pixels = drawn(faint, tmp_path)
    upper, lower = middles(pixels, [[102 / 255] * 3, [100 / 255] * 3])
    assert upper[0] < lower[0]


def test_colours_and_orientation(tmp_path):
    image = np.zeros((1, 20, 40, 3))
    image[0, :10, :, 0] = 1.0
    image[0, 10:, :20, 1] = 1.0
    image[0, 10:, 20:, 2] = 1.0
    red, green, blue = middles(drawn(image, tmp_path), np.eye(3))
    assert red[0] < green[0] == blue[0]
    assert green[1] < red[1] < blue[1]


def test_256_filters_and_long_words_are_not_cut_off(tmp_path):
    images = np.zeros((256, 28, 28, 1))
    title = "a long title that goes on and on " * 12
    pixels = drawn(images, tmp_path, title, caption="{0}: 123456.78 unreached\nsecond line")
    assert max(pixels.shape[:2]) < 5000


def test_wrong_shapes_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"images: expected .* found \[3, 28, 28, 2\]"):
        draw_image_grid(np.zeros((3, 28, 28, 2)), ["a", "b", "c"], tmp_path / "p.png", "conv3")
    with pytest.raises(InputError, match="captions: expected 3, found 2"):
        draw_image_grid(np.zeros((3, 28, 28, 1)), ["a", "b"], tmp_path / "p.png", "conv3")

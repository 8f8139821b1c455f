"""Tiles stand where they belong, and no text is lost, whatever the page holds."""

from __future__ import annotations

import itertools

import matplotlib.image
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tfcnn.errors import InputError
from tfcnn.report.drawing.cells import Bars, Key, Tile
from tfcnn.report.drawing.tiles import draw_image_grid, draw_tile_sheets, draw_tiles


def drawn(images, tmp_path, title="conv3", caption="{0}: {0}.25 found"):
    path = tmp_path / "patterns.png"
    captions = [caption.format(number) for number in range(len(images))]
    draw_image_grid(images, captions, path, title, "Patterns of conv3.")
    return read(path)


def read(path):
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
    arguments = tmp_path / "p.png", "conv3", "Patterns."
    with pytest.raises(InputError, match=r"images: expected .* found \[3, 28, 28, 2\]"):
        draw_image_grid(np.zeros((3, 28, 28, 2)), ["a", "b", "c"], *arguments)
    with pytest.raises(InputError, match="captions: expected 3, found 2"):
        draw_image_grid(np.zeros((3, 28, 28, 1)), ["a", "b"], *arguments)


def test_heads_and_captions_stand_at_their_rows_and_columns(tmp_path, saved):
    rows = [
        [Tile([np.full((4, 4, 1), 10 * row + column)], f"{row} {column}") for column in (4, 0, 3)]
        for row in (1, 2)
    ]
    heads = {
        "row_heads": ["row 1", "a row 2\nof two lines"],
        "column_heads": ["4", "0", "a wide 3"],
    }
    draw_tiles(rows, tmp_path / "a.png", "title", "Tiles.", **heads)
    read(tmp_path / "a.png")
    for tile in saved[0].tiles:
        row, column = tile.caption.split()
        assert (tile.pixels == 10 * int(row) + int(column)).all()
        assert tile.row == heads["row_heads"][int(row) - 1]
        assert tile.column == {"4": "4", "0": "0", "3": "a wide 3"}[column]
    assert len(saved[0].tiles) == 6


def test_images_of_one_tile_stand_side_by_side_on_its_longer_side(tmp_path, saved):
    images = [np.zeros((3, 3, 1)), np.zeros((7, 5, 1)), np.zeros((2, 8, 3))]
    draw_tiles([[Tile(images, "three")]], tmp_path / "a.png", "title", "Tiles.", side=0.8)
    found = saved[0].tiles
    sizes = [(tile.right - tile.left, tile.bottom - tile.top) for tile in found]
    np.testing.assert_allclose(sizes, [(0.8, 0.8), (0.8 * 5 / 7, 0.8), (0.8, 0.2)])
    assert all(one.right < other.left for one, other in itertools.pairwise(found))
    assert {(tile.caption, tile.top) for tile in found} == {("three", found[0].top)}


def test_rows_may_end_early_or_begin_late(tmp_path, saved):
    one = Tile([np.zeros((2, 2, 1))], "one")
    draw_tiles([[one, one], [Tile([]), one], [one]], tmp_path / "a.png", "title", "Tiles.")
    lefts = [round(tile.left, 6) for tile in saved[0].tiles]
    assert lefts == [lefts[0], lefts[1], lefts[1], lefts[0]]


def test_all_words_of_a_page_are_on_it_and_none_meets_another(tmp_path, saved):
    tiles = [Tile([np.zeros((4, 4, 1))], f"a long caption {n}\nof lines") for n in (4, 0, 3)]
    key = Key("low, in words", np.linspace(0, 1, 65)[:, np.newaxis], "high")
    heads = {
        "row_heads": ["a long\nhead\nof\nmany\nmany\nmany\nlines"] * 2,
        "column_heads": ["long head"] * 3,
    }
    rows = [[*tiles, Bars(np.array([1.0, 2.0]), ["Ankle boot", "Bag"])], tiles]
    words = "a title that is far too long for a page as narrow as this one, " * 3
    draw_tiles(rows, tmp_path / "a.png", words, "Tiles.", words, key, **heads)
    read(tmp_path / "a.png")
    [figure] = (picture.figure for picture in saved)
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 2 + 2 + 3 + 2 + 6
    found = saved[0].words
    meet = [
        (found[n], found[m]) for n in range(15) for m in range(n) if boxes[n].overlaps(boxes[m])
    ]
    assert not meet
    assert "".join(found[0].split()) == "".join(words.split())


def bars_of(values, names, saved, tmp_path, form=""):
    row = [Bars(np.array(values), names, form)]
    draw_tiles([row], tmp_path / "a.png", "title", "Bars.")
    read(tmp_path / "a.png")
    [axes] = saved.pop().figure.axes[0].child_axes
    labels = [label for label in axes.get_xticklabels() if label.get_text()]
    return axes, labels


def test_bars_stand_above_their_names_and_long_names_on_end(tmp_path, saved):
    for names, rotation in ((["0", "1"], 0), (["a name that is too long", "Bag"], 90)):
        axes, labels = bars_of([1.0, 2.0], names, saved, tmp_path)
        assert [label.get_text() for label in labels] == names
        assert {label.get_rotation() for label in labels} == {rotation}
        for bar, label in zip(axes.patches, labels, strict=True):
            assert label.get_position()[0] == pytest.approx(bar.get_x() + bar.get_width() / 2)
            assert label.get_window_extent().y1 < bar.get_window_extent().y0
        assert [bar.get_height() for bar in axes.patches] == [1.0, 2.0]
        assert axes.patches[1].get_window_extent().y1 > axes.patches[0].get_window_extent().y1


def test_bars_below_0_hang_from_the_line_at_0(tmp_path, saved):
    axes, labels = bars_of([-3.0, 1.0, 0.0], ["a", "b", "c"], saved, tmp_path)
    below, above, none = (bar.get_window_extent() for bar in axes.patches)
    assert below.y1 == pytest.approx(above.y0) == pytest.approx(none.y0)
    assert below.height == pytest.approx(3 * above.height)
    assert all(label.get_window_extent().y1 < below.y0 for label in labels)


def test_a_bar_that_is_not_known_is_a_dash(tmp_path, saved):
    axes, _ = bars_of([3.0, np.nan, 1.0], ["a", "b", "c"], saved, tmp_path)
    assert [(text.get_position(), text.get_text()) for text in axes.texts] == [((1, 0), "-")]
    tall, _, low = (bar.get_window_extent() for bar in axes.patches)
    assert tall.height == pytest.approx(3 * low.height)


def test_bars_say_their_values_if_asked(tmp_path, saved):
    axes, _ = bars_of([0.25, 0.751], ["a", "b"], saved, tmp_path, ".1%")
    assert [text.get_text() for text in axes.texts] == ["25.0%", "75.1%"]


def test_sheets_hold_every_row_once_under_its_head(tmp_path, saved):
    rows = [[Tile([np.full((2, 2, 1), number)])] for number in (4, 0, 3)]
    named = {"title": "title", "description": "Tiles."}
    paths = draw_tile_sheets(rows, tmp_path / "a.png", 2, ["4", "0", "3"], **named)
    assert [path.name for path in paths] == ["a.png", "a_2.png"]
    found = [(tile.row, tile.pixels[0, 0]) for picture in saved for tile in picture.tiles]
    assert found == [("4", 4), ("0", 0), ("3", 3)]

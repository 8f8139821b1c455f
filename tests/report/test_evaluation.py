"""Pictures and tables of evaluations and predictions, on made-up figures."""

from __future__ import annotations

import matplotlib.image
import numpy as np

from tfcnn.data.dataset import Split
from tfcnn.data.digits import Prepared
from tfcnn.data.pictures import Picture
from tfcnn.inspection import calibrate, class_scores
from tfcnn.report import draw_found, evaluation, predictions

NAMES = ("Ankle boot", "T-shirt/top", "9")
CONFUSED = np.array([[7, 3, 0], [0, 10, 0], [0, 0, 0]])


def test_tables_name_the_classes():
    table = evaluation.class_table(class_scores(CONFUSED), CONFUSED, NAMES)
    assert table.rows == (
        ("Ankle boot", "10", "100.00%", "70.00%", "82.35%", "T-shirt/top (3)"),
        ("T-shirt/top", "10", "76.92%", "100.00%", "86.96%", "-"),
        ("9", "0", "-", "-", "-", "-"),
    )
    table = evaluation.confusion_table(CONFUSED, NAMES)
    assert table.header == ("class", *NAMES)
    assert table.rows[0] == ("Ankle boot", "7", "3", "0")


def test_the_matrix_has_its_counts_at_their_places(saved, tmp_path):
    evaluation.draw_confusions(CONFUSED, NAMES, tmp_path / "a.png", "title")
    axes = saved[0].figure.axes[0]
    texts = {text.get_text(): text.get_position() for text in axes.texts}
    assert texts == {"7": (0, 0), "3": (1, 0), "10": (1, 1)}
    assert [label.get_text() for label in axes.get_yticklabels()] == list(NAMES)
    assert axes.images[0].get_array().max() == 30  # Percent of the ankle boots.


def test_a_hundred_classes_and_no_mistake_can_be_drawn(tmp_path):
    names = [f"a class with a long name {number}" for number in range(100)]
    evaluation.draw_confusions(np.eye(100, dtype=int), names, tmp_path / "c.png", "title")
    assert matplotlib.image.imread(tmp_path / "c.png").shape[0] > 1000


def test_reliability_bars_are_the_bins(saved, tmp_path):
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7]])
    evaluation.draw_reliability(calibrate(shares, np.array([0, 1, 1]), bins=4), tmp_path / "a.png")
    upper, lower = saved[0].figure.axes
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in upper.patches]
    assert bars == [(0.5, 0.25, 1.0), (0.75, 0.25, 0.5)]
    assert [bar.get_height() for bar in lower.patches] == [1, 2]
    # (1 * |1 - 0.7| + 2 * |0.5 - 0.9|) / 3.
    assert saved[0].figure.get_suptitle().startswith("expected calibration error 36.67%")


def test_the_hardest_come_first(saved, tmp_path):
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1) * np.ones((1, 2, 2, 1), np.uint8)
    split = Split(images, np.array([0, 1, 2, 0], np.int32))
    shares = np.array([[0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0.98, 0.01, 0.01]])
    predictions.draw_hardest(split, np.log(shares), NAMES, tmp_path / "a.png")
    assert [tile.caption for tile in saved[0].tiles] == [
        "2: is 9\nsaid Ankle boot 50.0%\nloss 2.30",
        "0: is Ankle boot\nsaid T-shirt/top 70.0%\nloss 1.61",
        "1: is T-shirt/top\nsaid T-shirt/top 80.0%\nloss 0.22",
        "3: is Ankle boot\nsaid Ankle boot 98.0%\nloss 0.02",
    ]
    assert [round(tile.pixels[0, 0] * 255) for tile in saved[0].tiles] == [2, 0, 1, 3]


def test_the_table_of_predictions_by_hand():
    shares = np.array([[0.1, 0.9, 0.0], [0.6, 0.3, 0.1]])
    table = predictions.prediction_table(["a.png", "b.png"], shares, NAMES)
    assert table.header == ("file", "says", *NAMES)
    assert table.rows == (
        ("a.png", "T-shirt/top", "0.1000", "0.9000", "0.0000"),
        ("b.png", "Ankle boot", "0.6000", "0.3000", "0.1000"),
    )


def prepared(grey, stages=2):
    image = np.full((4, 4, 1), grey, np.uint8)
    return Prepared(image, {f"stage {number}": image + number for number in range(stages)})


def test_a_line_a_picture_with_its_stages_and_bars(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "PICTURES_A_SHEET", 2)
    shares = np.array([[0.1, 0.9, 0.0], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    files = ["a.png", "b.png", "x" * 99 + ".png"]
    several = [prepared(40), prepared(0, stages=3), prepared(200)]
    for name in ("p_3.png", "p_left.png"):  # The first is of a call with more pictures.
        (tmp_path / name).write_bytes(b"")
    paths = predictions.draw_predictions(files, several, shares, NAMES, tmp_path / "p.png")
    assert [path.name for path in paths] == ["p.png", "p_2.png"]
    assert not (tmp_path / "p_3.png").exists() and (tmp_path / "p_left.png").exists()
    first, second = saved
    found = [(tile.row, tile.caption, round(255 * tile.pixels[0, 0])) for tile in first.tiles]
    one, other = "a.png\nT-shirt/top with 90.0%", "b.png\nAnkle boot with 60.0%"
    assert found == [
        *((one, f"stage {number}", 40 + number) for number in range(2)),
        *((other, f"stage {number}", number) for number in range(3)),
    ]
    # The last stage stands beside the bars, however many came before.
    assert first.tiles[1].right == first.tiles[-1].right
    assert len(second.tiles[0].row) < 60
    for bars, row in zip(first.figure.axes[0].child_axes, shares, strict=False):
        assert [bar.get_height() for bar in bars.patches] == list(row)
        assert [label.get_text() for label in bars.get_xticklabels()] == list(NAMES)


def test_of_many_classes_the_most_probable_are_shown(saved, tmp_path):
    shares = np.arange(20.0)[np.newaxis] / 190
    names = [f"class {number}" for number in range(20)]
    predictions.draw_predictions(["a.png"], [prepared(0)], shares, names, tmp_path / "p.png")
    [bars] = saved[0].figure.axes[0].child_axes
    labels = [label.get_text() for label in bars.get_xticklabels()]
    assert labels == [f"class {number}" for number in range(19, 9, -1)]


def test_boxes_lie_around_what_was_found(saved, tmp_path):
    picture = Picture(np.zeros((20, 30, 3), np.uint8), reduction=2)
    corners = np.array([[10, 10], [20, 10], [20, 30], [10, 30]], float)
    items = [Prepared(np.zeros((28, 28, 1), np.uint8), {}, one) for one in (corners, corners + 20)]
    path = tmp_path / "found.png"
    written = draw_found(["a.png"], [picture], [items], [["7", "1"]], path)
    assert written == [path]
    [axes] = saved[0].figure.axes
    assert axes.images[0].get_extent() == [-0.5, 59.5, 39.5, -0.5]  # The file's own pixels.
    for patch, expected in zip(axes.patches, (corners, corners + 20), strict=True):
        drawn = patch.get_xy()[:4]
        assert (drawn.min(axis=0) < expected.min(axis=0)).all()
        assert (drawn.max(axis=0) > expected.max(axis=0)).all()
        assert np.abs(drawn - expected).max() < 3
    assert [text.get_text() for text in axes.texts] == ["7", "1"]


def test_five_pictures_take_two_files_and_none_takes_none(tmp_path):
    picture = Picture(np.zeros((20, 30, 3), np.uint8))
    item = Prepared(np.zeros((28, 28, 1), np.uint8), {}, np.zeros((4, 2)))
    path = tmp_path / "found.png"
    written = draw_found(["a"] * 5, [picture] * 5, [[item]] * 5, [["7"]] * 5, path)
    assert [one.name for one in written] == ["found.png", "found_2.png"]
    path.touch()
    assert draw_found([], [], [], [], path) == []
    assert not path.exists()


def test_a_picture_that_was_taken_whole_is_passed_over(tmp_path):
    picture = Picture(np.zeros((20, 30, 3), np.uint8))
    whole = Prepared(np.zeros((28, 28, 1), np.uint8), {}, None)
    path = tmp_path / "found.png"
    assert draw_found(["a.png"], [picture], [[whole]], [["7"]], path) == []
    assert not path.exists()

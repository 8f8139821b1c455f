from __future__ import annotations

import matplotlib.image
import pytest

from tfcnn.errors import InputError
from tfcnn.report import learning_curves


def epoch(number: int, **more: float) -> dict[str, float]:
    return {
        "epoch": number,
        "learning_rate": 0.1 / number,
        "train_loss": 1.0 / number,
        "train_accuracy": 1 - 0.2 / number,
        "test_loss": 0.8 / number,
        "test_accuracy": 1 - 0.1 / number,
        **more,
    }


@pytest.mark.parametrize("epochs", [1, 3])
def test_lines_hold_the_metrics(saved, tmp_path, epochs):
    metrics = [epoch(number) for number in range(1, epochs + 1)]
    learning_curves.draw_learning_curves(metrics, tmp_path / "a.png")
    loss, accuracy, rate = saved[0].figure.axes
    for axes, keys in (
        (loss, ["train_loss", "test_loss"]),
        (accuracy, ["train_accuracy", "test_accuracy"]),
        (rate, ["learning_rate"]),
    ):
        assert len(axes.lines) == len(keys)
        for line, key in zip(axes.lines, keys, strict=True):
            assert list(line.get_xdata()) == [row["epoch"] for row in metrics]
            assert list(line.get_ydata()) == [row[key] for row in metrics]
            assert line.get_marker() == "o"  # Without it a single epoch would show nothing.


def test_images_held_out_have_a_line_of_their_own(saved, tmp_path):
    metrics = [epoch(1, validation_loss=0.3, validation_accuracy=0.9)]
    learning_curves.draw_learning_curves(metrics, tmp_path / "a.png")
    loss, accuracy, _ = saved[0].figure.axes
    assert [line.get_label() for line in loss.lines] == [
        "train 1.0000",
        "validation 0.3000",
        "test 0.8000",
    ]
    assert accuracy.lines[1].get_label() == "validation 90.00%"


def test_writes_a_png(tmp_path):
    path = tmp_path / "plots" / "curves.png"
    learning_curves.draw_learning_curves([epoch(1)], path)
    pixels = matplotlib.image.imread(path)
    assert (pixels[..., :3] != 1).any(axis=2).mean() > 0.01
    assert [file.name for file in path.parent.iterdir()] == ["curves.png"]


def test_no_epoch_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least one epoch"):
        learning_curves.draw_learning_curves([], tmp_path / "curves.png")

from __future__ import annotations

import json
import math

import pytest

from tfcnn.errors import InputError
from tfcnn.runs.metrics import (
    HEADER,
    EpochMetrics,
    metrics_from_json,
    table_row,
    write_metrics,
)

ROW = EpochMetrics(3, 2814, 0.0123, 0.1 + 0.2, 0.05, 0.98765, 0.045, 0.9891, 21.5, 8372.1)
HELD_OUT = EpochMetrics(1, 938, 0.08, 0.5, 0.05, 0.9, 0.2, 0.95, 20.0, 9000.0, 0.25, 0.94)
DESIGN = [
    *["epoch", "step", "learning_rate", "train_loss", "l2_penalty", "train_accuracy"],
    *["test_loss", "test_accuracy", "seconds", "images_per_second"],
]


def test_lines_hold_what_the_design_lists(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write_metrics(path, [HELD_OUT, ROW])
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert list(second) == DESIGN
    assert list(first) == [*DESIGN, "validation_loss", "validation_accuracy"]
    assert first["validation_accuracy"] == 0.94
    assert second["train_loss"] == 0.1 + 0.2  # Every bit.


@pytest.mark.parametrize("row", [ROW, HELD_OUT])
def test_reading_back(row):
    assert metrics_from_json(json.loads(json.dumps(row.to_json())), "file") == row


@pytest.mark.parametrize(
    "change",
    [{"step": None}, {"train_loss": "0.3"}, {"test_accuracy": True}, {"speed": 3}, {"seconds": []}],
)
def test_wrong_values_are_refused(change):
    with pytest.raises(InputError, match=r"^somewhere: "):
        metrics_from_json(ROW.to_json() | change, "somewhere")


def test_missing_values_are_refused():
    for name in DESIGN:
        values = ROW.to_json()
        del values[name]
        with pytest.raises(InputError, match=r"^somewhere: expected an object with epoch, "):
            metrics_from_json(values, "somewhere")
    with pytest.raises(InputError, match=r"^somewhere: expected an object"):
        metrics_from_json([1, 2], "somewhere")


def test_no_line_that_is_not_json(tmp_path):
    path = tmp_path / "metrics.jsonl"
    with pytest.raises(ValueError, match="JSON"):
        write_metrics(path, [EpochMetrics(1, 1, 0.1, math.nan, 0, 0, 0, 0, 0, 0)])
    assert not path.exists()


def test_columns_stand_under_their_heads():
    row = table_row(ROW)
    assert row.split() == ["3", "2814", "0.012", "0.3000", "98.77%", "0.0450", "98.91%", "8,372"]
    for head, value in (
        *[("epoch", "3"), ("step", "2814"), ("train loss", "0.3000"), ("train acc", "98.77%")],
        *[("test loss", "0.0450"), ("test acc", "98.91%"), ("images/s", "8,372")],
    ):
        assert HEADER.index(head) + len(head) == row.index(value) + len(value)

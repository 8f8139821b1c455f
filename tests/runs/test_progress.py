from __future__ import annotations

import json

import pytest

from tfcnn.errors import InputError
from tfcnn.runs.metrics import EpochMetrics
from tfcnn.runs.progress import Progress, progress_from_json

ROW = EpochMetrics(1, 938, 0.08, 0.5, 0.05, 0.9, 0.2, 0.95, 20.0, 9000.0)
MIDWAY = Progress(1000, [ROW], images=3968, loss=0.1 + 0.2, correct=3900, l2_penalty=1 / 3)


def test_reading_back_keeps_every_bit():
    assert progress_from_json(json.loads(json.dumps(MIDWAY.to_json())), "file") == MIDWAY


def test_epochs_count_from_one():
    progress = Progress(step=7, images=100, loss=3.0, correct=50, l2_penalty=0.1, seconds=2.0)
    assert progress.epoch == 1
    progress.end_epoch(ROW)
    assert progress == Progress(step=7, history=[ROW])
    assert progress.epoch == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": "7"}, "m.json: step: expected a number, found '7'"),
        ({"loss": None}, "m.json: loss: expected a number, found None"),
        ({"correct": True}, "m.json: correct: expected a number, found True"),
        ({"history": {}}, "m.json: history: expected a list"),
        ({"history": [{"epoch": 1}]}, "m.json: expected an object with epoch, "),
        ({"more": 1}, "m.json: expected an object with correct, history, "),
    ],
)
def test_wrong_values_are_refused(change, message):
    with pytest.raises(InputError) as caught:
        progress_from_json(MIDWAY.to_json() | change, "m.json")
    assert str(caught.value).startswith(message)


def test_missing_values_are_refused():
    for values in (None, [], {"step": 3}):
        with pytest.raises(InputError, match=r"^m.json: expected an object with correct, history"):
            progress_from_json(values, "m.json")

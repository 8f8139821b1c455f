"""A sweep's table read back."""

from __future__ import annotations

import json

import pytest

from tfcnn.errors import InputError
from tfcnn.runs import open_sweep

RUN = {"l2": "0", "seed": "1", "test_accuracy": 0.9, "train_accuracy": 0.8}


def written(folder, **changed):
    content = {"varied": ["l2", "seed"], "fixed": {}, "runs": [RUN]} | changed
    (folder / "results.json").write_text(json.dumps(content))
    return folder


def test_what_was_written_is_read(tmp_path):
    sweep = open_sweep(written(tmp_path))
    assert (sweep.varied, list(sweep.runs), sweep.choices) == (("l2", "seed"), [RUN], ["l2"])
    assert repr(sweep) == "<Sweep: 1 runs by l2, seed>"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"varied": None}, "varied: expected a list of texts, found None"),
        ({"varied": [1]}, "varied: expected a list of texts"),
        ({"runs": None}, "runs: expected objects with l2, seed, test_accuracy"),
        ({"runs": [1]}, "runs: expected objects with"),
        ({"runs": [{"l2": "0", "seed": "1"}]}, "runs: expected objects with"),
        ({"runs": [RUN | {"test_accuracy": "high"}]}, "test_accuracy: expected a number"),
    ],
)
def test_what_is_no_sweep_is_refused(tmp_path, changed, told):
    with pytest.raises(InputError, match=r"results\.json: ") as caught:
        open_sweep(written(tmp_path, **changed))
    assert told in str(caught.value)


def test_a_folder_without_a_sweep_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"results\.json"):
        open_sweep(tmp_path)

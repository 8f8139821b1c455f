"""Tables for pandas. It is not installed here: what stands in for it keeps what it is given."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from tfcnn.ascent import gather_evidence, maximize
from tfcnn.errors import InputError
from tfcnn.inspection import Comparison, LayerComparison, Matching
from tfcnn.model import Network, parse
from tfcnn.report import Table
from tfcnn.runs import EpochMetrics, History, Sweep


class Frame:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        assert all(len(row) == len(columns) for row in rows)

    def column(self, name):
        return [row[self.columns.index(name)] for row in self.rows]


@pytest.fixture
def pandas(monkeypatch):
    planted = types.ModuleType("pandas")
    planted.DataFrame = Frame
    monkeypatch.setitem(sys.modules, "pandas", planted)


def test_without_pandas_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError) as caught:
        History([]).to_dataframe()
    assert str(caught.value) == (
        "to_dataframe: expected pandas (pip install pandas), found no such package"
    )


def test_a_history(pandas):
    rows = [
        EpochMetrics(1, 7, 0.1, 0.5, 0.0, 0.9, 0.4, 0.8, 1.5, 300.0),
        EpochMetrics(2, 14, 0.1, 0.5, 0.0, 0.9, 0.4, 0.85, 1.5, 300.0, 0.3, 0.7),
    ]
    frame = History(rows).to_dataframe()
    assert frame.column("epoch") == [1, 2]
    assert frame.column("test_accuracy") == [0.8, 0.85]
    assert frame.column("validation_accuracy") == [None, 0.7]
    assert History([]).to_dataframe().rows == []


def test_evidence_and_patterns(pandas, sample):
    network = Network(parse("conv(3,5) max(4) flatten dense(10,act=linear)"), (28, 28, 1))
    images, labels = sample.test.images, sample.test.labels
    evidence = gather_evidence(network, "conv1", images, labels, progress=False)
    frame = evidence.to_dataframe()
    linear = network.activations(images / np.float32(255))["conv1/linear"].numpy()
    peaks = linear.max(axis=(1, 2))  # [images, filters]
    assert frame.column("filter") == [0, 1, 2]
    assert frame.column("firing_share") == (peaks > 0).mean(axis=0).tolist()
    np.testing.assert_allclose(frame.column("best_linear"), peaks.max(axis=0), rtol=1e-5)
    assert frame.column("best_image") == peaks.argmax(axis=0).tolist()
    best = linear.mean(axis=(1, 2)).max(axis=0)
    np.testing.assert_allclose(frame.column("best_score"), best, rtol=1e-4, atol=1e-6)
    fired = np.maximum(linear, 0).mean(axis=(1, 2))
    means = np.stack([fired[labels == digit].mean(axis=0) for digit in range(10)])
    np.testing.assert_allclose(frame.column("class_mean"), means.max(axis=0), rtol=1e-4)
    assert frame.column("best_class") == means.argmax(axis=0).tolist()
    found = maximize(network, "conv1", filters=[1], evidence=evidence, steps=4, progress=False)
    frame = found.to_dataframe()
    assert frame.column("filter") == [1] and frame.column("verdict") == list(found.verdicts)
    assert frame.column("score") == found.scores.tolist()


def test_a_comparison_and_a_matching(pandas):
    correlations = np.array([[0.95, 0.1], [0.2, 0.75]])
    matching = Matching("conv1", correlations, np.array([[0, 0], [1, 1]]))
    frame = matching.to_dataframe()
    assert frame.columns == ["filter", "partner", "correlation"]
    assert frame.rows == [[0, 0, 0.95], [1, 1, 0.75]]
    nothing = Matching("conv2", np.zeros((2, 2)), np.zeros((0, 2), np.intp))
    rows = [LayerComparison("a, b", each, 0.5) for each in (matching, nothing)]
    frame = Comparison(rows).to_dataframe()
    assert frame.column("layer") == ["conv1", "conv2"] and frame.column("filters") == [2, 0]
    assert frame.column("above 0.9")[0] == 0.5 and frame.column("CKA") == [0.5, 0.5]
    mean = frame.column("mean correlation")
    assert mean[0] == pytest.approx(0.85) and np.isnan(mean[1])


def test_a_sweep_has_its_choices_and_metrics(pandas):
    runs = [{"l2": "0", "test_accuracy": 0.9}, {"l2": "1", "test_accuracy": 0.8, "step": 7}]
    frame = Sweep(("l2",), runs).to_dataframe()
    assert frame.columns == ["l2", "test_accuracy", "step"]
    assert frame.rows == [["0", 0.9, None], ["1", 0.8, 7]]


def test_a_table_s_numbers_are_numbers_and_its_names_names(pandas):
    table = Table(
        ("class", "count", "share", "word", "share"),
        (("1", "1,135", "96.69%", "7 x", "-"), ("2", "12", "5%", "3", "+0.5")),
    )
    frame = table.to_dataframe()
    assert frame.columns == ["class", "count", "share", "word", "share"]
    assert [list(row) for row in frame.rows] == [
        ["1", 1135, 0.9669, "7 x", None],
        ["2", 12, 0.05, "3", 0.5],
    ]
    assert Table(("a", "b"), ()).to_dataframe().columns == ["a", "b"]

"""What a notebook is given, read back: its tables' cells, its pictures' texts and pixels."""

from __future__ import annotations

import base64
import dataclasses
import html.parser
import io
import re

import numpy as np
import pytest
from PIL import Image

import tfcnn
from tfcnn.ascent import Birth, gather_evidence, maximize, objectives
from tfcnn.data import Dataset, Split
from tfcnn.inspection import (
    Ablation,
    Calibration,
    ClassPatterns,
    ClassScores,
    Comparison,
    LayerComparison,
    Matching,
    Pasting,
    compare,
)
from tfcnn.inspection.attribution import Attributions, attribute
from tfcnn.model import Network, parse
from tfcnn.report import Table
from tfcnn.runs import EpochMetrics, History, Sweep
from tfcnn.runs.run import Run

SCRIPT = "<script>alert(1)</script>"


class Seen(html.parser.HTMLParser):
    """What a browser would make of it."""

    def __init__(self, thing):
        super().__init__()
        self.tags, self.rows, self.pictures, self.words = set(), [], [], ""
        self.feed(thing._repr_html_())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            kind, data = dict(attrs)["src"].split(",")
            assert kind == "data:image/png;base64"
            self.pictures.append(Image.open(io.BytesIO(base64.b64decode(data))))

    def handle_data(self, data):
        self.words += data
        if self.rows and self.rows[-1] and self.lasttag in ("td", "th") and data.strip():
            self.rows[-1][-1] += data


def metrics(epoch, accuracy):
    return EpochMetrics(epoch, 10 * epoch, 0.1, 0.5, 0.0, 0.9, 0.4, accuracy, 1.5, 300.0)


@pytest.fixture(scope="module")
def network():
    text = "conv(4,5) max(4) flatten dense(10,act=linear)"
    return Network(parse(text), (28, 28, 1), seed=1)


@pytest.fixture(scope="module")
def evidence(network, sample):
    return gather_evidence(network, "conv1", sample.test.images, sample.test.labels, progress=False)


@pytest.fixture(scope="module")
def patterns(network, evidence):
    return maximize(network, "conv1", filters=[2, 0], evidence=evidence, steps=4, progress=False)


@pytest.fixture(scope="module")
def comparison(network, sample):
    pair = {"first": network, "second": Network(network.architecture, (28, 28, 1), seed=2)}
    return compare(pair, ["conv1", "dense1"], sample.test.images, progress=False)


@pytest.fixture(scope="module")
def attributions(network, sample):
    image = sample.test.images[0] / np.float32(255)
    return attribute(network, image, 3, ["gradient", "grad_cam"])


@pytest.fixture(scope="module")
def things(network, sample, evidence, patterns, comparison, attributions):
    """One of each kind."""
    goal = objectives.filter_map("conv2", 7) - 0.5 * objectives.layer("conv3")
    of_runs = [{"l2": "0", "seed": "0", "test_accuracy": 0.9, "train_accuracy": 0.8}]
    return [
        *(network, sample, sample.test, evidence, patterns, patterns.climbs, attributions),
        *(comparison, comparison[0], comparison[0].matching, goal),
        *(History([metrics(1, 0.5)]), Sweep(("l2", "seed"), of_runs), Table(("a",), (("1",),))),
        Run("runs/first"),
    ]


def test_a_line_is_short_and_has_no_address(things):
    for thing in things:
        line = repr(thing)
        assert line.startswith(f"<{type(thing).__name__}: ")
        assert len(line) < 400 and "\n" not in line
        assert not re.search(r" at 0x|array\(|\[\[", line)


def test_the_lines_by_hand(network, sample, comparison):
    # 4 * 25 + 4 weights, then maps of 24 x 24, of 6 x 6 after the pool: 144 * 10 + 10.
    assert repr(network) == (
        "<Network: 28x28x1 to 10, 1,554 weights, conv(4,5) max(4) flatten dense(10,act=linear)>"
    )
    assert repr(sample.test) == "<Split: 100 images 28x28x1>"
    assert repr(History([])) == "<History: 0 epochs>"
    assert repr(History([metrics(1, 0.5), metrics(2, 0.75)])) == (
        "<History: 2 epochs, test accuracy 75.00%>"
    )
    goal = objectives.filter_map("conv2", 7) - 0.5 * objectives.direction(
        "conv1", [0.1] * 64, "max"
    )
    assert repr(goal) == "<Objective: conv2[7] - 0.5 * max(conv1[64 weights])>"
    assert repr(-1 * objectives.layer("conv1")) == "<Objective: - energy(conv1)>"
    assert repr(comparison) == "<Comparison: 1 pair of networks, 2 layers: conv1, dense1>"


def test_a_line_stays_short_whatever_the_names(sample):
    names = tuple(f"{number}\x1b\n{'long' * 50}" for number in range(10))
    long = dataclasses.replace(sample, class_names=names)
    line = repr(long)
    assert len(line) < 400 and line.isprintable()
    assert len(max(Seen(long).words.split("\n"), key=len)) < 400
    assert len(repr(Network(parse("conv(2,1) " * 200), (2, 2, 1)))) < 400


@pytest.mark.parametrize(
    "kind", [Ablation, Birth, Calibration, ClassPatterns, ClassScores, Pasting]
)
def test_what_is_full_of_arrays_says_their_shapes(kind):
    names = {"layer": "conv1", "filters": (4, 5)}
    fields = [field.name for field in dataclasses.fields(kind)]
    array = np.zeros((2, 3), np.float32)
    line = repr(kind(**{name: names.get(name, array) for name in fields}))
    told = ", ".join(f"{name} {names.get(name, 'float32 [2, 3]')}" for name in fields)
    assert line == f"<{kind.__name__}: {told}>"


def test_a_network_without_convolutions_and_one_without_logits():
    seen = Seen(Network(parse("flatten dense(10,act=linear)"), (28, 28, 1)))
    assert [row[:3] for row in seen.rows[1:]] == [
        ["flatten", "784", "0"],
        ["dense1", "10", "7,850"],
        ["sum", "", "7,850"],
    ]
    seen = Seen(Network(parse("conv(4,3)"), (28, 28, 1)))
    assert seen.rows[1][:4] == ["conv1", "26x26x4", "40", "3x3"]
    assert "28x28x1 to 26x26x4" in seen.words


def test_a_history_is_a_list_and_draws_its_curves(saved):
    rows = [metrics(1, 0.5), metrics(2, 0.75)]
    history = History(rows)
    assert history == rows and isinstance(history, list)
    seen = Seen(history)
    assert len(seen.pictures) == 1
    [picture] = saved
    lines = {
        line.get_label(): line.get_ydata().tolist()
        for axes in picture.figure.axes
        for line in axes.get_lines()
    }
    assert lines["test 75.00%"] == [0.5, 0.75]


def test_training_returns_one(sample, small_network, tmp_path):
    config = tfcnn.training.TrainConfig(epochs=1)
    history = tfcnn.training.train(small_network, sample, config, tmp_path / "run", progress=False)
    assert isinstance(history, History)
    run = tfcnn.open_run(tmp_path / "run")
    assert run.history() == history
    seen = Seen(run)
    assert ["training.epochs", "1"] in seen.rows and len(seen.pictures) == 1
    assert f"{history[-1].test_accuracy:.2%}" in repr(history)


def test_a_run_that_has_just_begun_and_a_damaged_one(tmp_path):
    (tmp_path / "config.json").write_text('{"architecture": "<b>"}')
    seen = Seen(tfcnn.open_run(tmp_path))
    assert seen.rows == [["architecture", "<b>"]] and not seen.pictures
    (tmp_path / "metrics.jsonl").write_text('{"epoch": "<i>"}\n')
    seen = Seen(tfcnn.open_run(tmp_path))
    assert "metrics.jsonl: expected an object with" in seen.words and "i" not in seen.tags
    (tmp_path / "metrics.jsonl").unlink()
    (tmp_path / "config.json").write_text("no JSON")
    assert "config.json: expected JSON" in Seen(tfcnn.open_run(tmp_path)).words


def test_data_show_an_image_and_the_counts_of_each_class(sample, saved):
    seen = Seen(sample)
    expected = [
        [
            str(digit),
            str((sample.train.labels == digit).sum()),
            str((sample.test.labels == digit).sum()),
        ]
        for digit in range(10)
    ]
    assert seen.rows[1:] == [*expected, ["sum", "400", "100"]]
    tiles = saved[0].tiles
    assert [tile.caption for tile in tiles] == list("0123456789")
    for digit, tile in enumerate(tiles):
        first = sample.train.images[sample.train.labels.tolist().index(digit)]
        np.testing.assert_allclose(tile.pixels, first[..., 0] / 255, atol=1e-6)


def test_names_are_shown_and_do_nothing(sample):
    names = (SCRIPT, *sample.class_names[1:])
    seen = Seen(dataclasses.replace(sample, class_names=names, name=f"idx:{SCRIPT}"))
    assert "script" not in seen.tags
    assert SCRIPT in seen.words and seen.rows[1][0] == SCRIPT
    for thing in (Table((SCRIPT,), ((SCRIPT,),)), Sweep((SCRIPT,), [run_of(0.5, 0.5)])):
        seen = Seen(thing)
        assert "script" not in seen.tags and SCRIPT in seen.words


def run_of(test, train):
    return {SCRIPT: SCRIPT, "test_accuracy": test, "train_accuracy": train}


def test_a_class_without_images_and_many_classes(saved):
    images, labels = np.zeros((3, 4, 5, 3), np.uint8), np.array([0, 0, 11], np.int32)
    names = tuple(f"class {number}" for number in range(12))
    split = Split(images, labels)
    seen = Seen(Dataset("made", 12, names, split, split, {}))
    assert ["class 0", "2", "2"] in seen.rows and ["class 1", "0", "0"] in seen.rows
    assert any("2 more classes" in words for words in saved[0].words)
    pixels = [tile.pixels for tile in saved[0].tiles]
    assert not pixels[0].any() and pixels[1].shape == (4, 5, 3) and (pixels[1] == 1).all()


def test_evidence_row_by_row(evidence):
    rows = Seen(evidence).rows
    assert len(rows) == 1 + 4
    for number, row in enumerate(rows[1:]):
        linear = evidence.reduced["max"][:, number]
        means = evidence.class_means[:, number]
        assert row[0] == str(number)
        assert float(row[1].rstrip("%")) == pytest.approx(100 * (linear > 0).mean(), abs=0.006)
        assert float(row[2]) == pytest.approx(linear.max(), abs=6e-4)
        assert row[3] == str(linear.argmax())
        assert float(row[4]) == pytest.approx(evidence.reduced["mean"][:, number].max(), abs=6e-4)
        if means.max() > 0:
            assert row[5] == str(means.argmax())
        assert float(row[6]) == pytest.approx(means.max(), abs=6e-4)


def test_patterns_show_the_grid_and_the_figures(patterns, saved):
    seen = Seen(patterns)
    at = {heading: place for place, heading in enumerate(seen.rows[0])}
    for row, filter_number, verdict, score in zip(
        seen.rows[1:], (2, 0), patterns.verdicts, patterns.scores, strict=True
    ):
        assert int(row[at["filter"]]) == filter_number and row[at["verdict"]] == verdict
        assert float(row[at["score"]]) == pytest.approx(score, abs=6e-4)
    tiles = saved[0].tiles
    for tile, pixels in zip(tiles, patterns.visible(patterns.images), strict=True):
        np.testing.assert_allclose(tile.pixels, pixels[..., 0], atol=1e-6)


def test_attributions_are_a_dict_and_show_their_maps(network, sample, attributions, saved):
    assert attributions == dict(attributions) and list(attributions) == ["gradient", "grad_cam"]
    assert repr(attributions) == ("<Attributions: what speaks for class 3, by gradient, grad_cam>")
    assert len(Seen(attributions).pictures) == 1
    captions = [tile.caption for tile in saved[0].tiles]
    largest = [abs(values.sum(axis=-1)).max() for values in attributions.values()]
    assert captions == [
        "the image",
        f"gradient\nup to {largest[0]:.3g}",
        f"Grad-CAM of pool1\nup to {largest[1]:.3g}",
    ]
    dense = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    found = attribute(dense, sample.test.images[0] / np.float32(255), 3, ["gradient"])
    assert len(Seen(found).pictures) == 1


def test_comparisons_and_matchings(comparison, saved):
    assert isinstance(comparison, list)
    seen = Seen(comparison)
    matched = [row.matching.matched.mean() for row in comparison]
    assert [row[:3] for row in seen.rows[1:]] == [
        ["first, second", "conv1", str(len(comparison[0].matching.partners))],
        ["first, second", "dense1", "10"],
    ]
    assert [float(row[3]) for row in seen.rows[1:]] == pytest.approx(matched, abs=6e-4)
    assert len(seen.pictures) == 1
    assert Seen(comparison[1]).rows == [seen.rows[0], seen.rows[2]]
    assert len(Seen(comparison[0].matching).pictures) == 1
    lines = {line.get_label(): line.get_ydata() for line in saved[-1].figure.axes[0].get_lines()}
    expected = np.sort(comparison[0].matching.matched)[::-1]
    np.testing.assert_allclose(lines["the partner"], expected)


def test_an_objective_term_by_term():
    goal = objectives.filter_map("conv2", 7) - 0.5 * objectives.layer("conv3")
    assert Seen(goal).rows == [
        ["weight", "of"],
        ["1", "conv2[7]"],
        ["-0.5", "energy(conv3)"],
    ]


def test_a_sweep_is_averaged_over_its_seeds():
    runs = [
        {"l2": l2, "seed": seed, "test_accuracy": test, "train_accuracy": 0.5}
        for l2, seed, test in (("0", "0", 0.9), ("0", "1", 0.8), ("1", "0", 0.7))
    ]
    rows = Seen(Sweep(("l2", "seed"), runs)).rows
    assert [row[:3] for row in rows[1:]] == [["0", "2", "85.00%"], ["1", "1", "70.00%"]]


def test_images_of_two_channels_have_figures_and_no_picture():
    network = Network(parse("conv(2,3) flatten dense(3,act=linear)"), (8, 8, 2))
    patterns = maximize(network, "conv1", steps=4, progress=False)
    seen = Seen(patterns)
    assert not seen.pictures and [int(row[0]) for row in seen.rows[1:]] == [0, 1]
    found = attribute(network, np.ones((8, 8, 2), np.float32), 1, ["gradient"])
    assert not Seen(found).pictures


def test_nothing_to_show_is_no_error(comparison):
    nothing = Matching("conv1", np.zeros((2, 2)), np.zeros((0, 2), np.intp))
    empty = [
        *(History([]), Comparison([]), nothing, LayerComparison("a, b", nothing, 0.0)),
        *(Table(("a", "b"), ()), Sweep(("seed",), [])),
        Attributions({}, np.zeros((4, 4, 1), np.float32), 0, None),
    ]
    for thing in empty:
        assert Seen(thing).words.strip()
        assert len(repr(thing)) < 400

"""What is kept of filters, and read back for their cards."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import tfcnn
from tfcnn.errors import InputError
from tfcnn.page import FilterCards
from tfcnn.report.filter_cards import read_findings


def findings_of(run):
    return read_findings(run, run.network(), run.plots)


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "a run"
    (folder / "plots").mkdir(parents=True)
    text = "conv(3,3) flatten dense(2,act=linear)"
    tfcnn.model.Network(tfcnn.model.parse(text), (6, 6, 1)).save(folder / "weights.safetensors")
    (folder / "config.json").write_text(json.dumps({"architecture": text}))
    return tfcnn.runs.Run(folder)


@pytest.fixture
def cards(run):
    """Those of filters 0 and 2 of conv1 and 20 planted images."""
    images = np.random.default_rng(0).integers(0, 255, (20, 6, 6, 1)).astype(np.uint8)
    labels = np.arange(20, dtype=np.int32) % 2
    network = run.network()
    evidence = tfcnn.ascent.gather_evidence(
        network, "conv1", images, labels, progress=False, num_classes=3
    )
    patterns = tfcnn.ascent.maximize(
        network, "conv1", [0, 2], restarts=1, candidates=4, evidence=evidence, progress=False
    )
    tfcnn.report.write_filter_cards(run.plots / "patterns_conv1.npz", network, patterns, images)
    return patterns, network, images


def test_what_was_kept_is_what_was_found(run, cards):
    patterns, network, images = cards
    found = findings_of(run)
    assert found.run_dir == f"'{run.path}'"  # As a shell takes it.
    kept = found.cards["conv1"]
    assert kept.filters.tolist() == [0, 2]
    assert tuple(kept.verdicts) == patterns.verdicts
    np.testing.assert_array_equal(kept.patterns, patterns.images)
    np.testing.assert_array_equal(kept.scores, patterns.scores)
    # The value of a patch is what the network gives for it: the same 3 x 3 pixels, alone.
    kernel, bias = (network.tensors()[f"conv1/{part}"] for part in ("kernel", "bias"))
    patch = kept.patches[1, 0] / 255
    value = (patch * kernel[..., 2]).sum() + bias[2]
    assert kept.patch_values[1, 0] == pytest.approx(value, rel=1e-4)
    row = kept.to_json()["class_means"][1]
    assert row[2] is None  # A class without images.
    linear = network.activations(images / np.float32(255))["conv1"].numpy()[..., 2]
    assert row[0] == pytest.approx(linear[::2].mean(), rel=1e-4)


def test_the_plainest_answer_is_taken(run, cards):
    kept = FilterCards.load(run.plots / "patterns_conv1.npz")
    kept.save(run.plots / "patterns_conv1_some.npz")
    (run.plots / "patterns_conv1_max.npz").write_bytes(b"longer, and damaged")
    assert findings_of(run).cards["conv1"].filters.tolist() == [0, 2]


@pytest.mark.parametrize("content", [b"", b"no arrays", b"PK\3\4 torn"])
def test_damaged_cards_are_told_by_their_path(run, content):
    (run.plots / "patterns_conv1.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"patterns_conv1\.npz: expected what is known"):
        findings_of(run)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(FilterCards)])
@pytest.mark.parametrize("other", [np.array(b"x"), np.array(1.5), np.array(["a", "b"]), np.ones(3)])
def test_cards_of_other_arrays_are_told(run, cards, name, other):
    path = run.plots / "patterns_conv1.npz"
    if name == "verdicts" and other.dtype.kind == "U":
        return  # As they are.
    dataclasses.replace(FilterCards.load(path), **{name: other}).save(path)
    with pytest.raises(InputError, match=r"patterns_conv1\.npz: expected arrays of as many"):
        findings_of(run)


def test_losses_are_those_of_the_table(run):
    table = run.plots / "ablation_conv1_zero.csv"
    table.write_text("filter,lost (points),a,b\n2,0.75,1,1\n0,-0.10,0,0\n")
    assert findings_of(run).losses == {"conv1": {2: 0.75, 0: -0.1}}
    table.write_text("filter,lost (points)\n2,none\n")
    with pytest.raises(InputError, match=r"ablation_conv1_zero\.csv: expected filters"):
        findings_of(run)


def test_cards_too_large_for_a_page_are_left_out_and_named(run, cards):
    found = findings_of(run)
    assert found.to_json(10**6)["left_out"] == []
    small = found.to_json(10)
    assert small["cards"] == {} and small["left_out"] == ["conv1"]


def test_what_a_link_leads_to_is_nobody_s_finding(run, cards, tmp_path):
    (run.plots / "patterns_conv1.npz").rename(tmp_path / "elsewhere.npz")
    (run.plots / "patterns_conv1.npz").symlink_to(tmp_path / "elsewhere.npz")
    (tmp_path / "elsewhere.csv").write_text("filter,lost (points)\n2,0.75\n")
    (run.plots / "ablation_conv1_zero.csv").symlink_to(tmp_path / "elsewhere.csv")
    found = findings_of(run)
    assert (found.cards, found.losses) == ({}, {})

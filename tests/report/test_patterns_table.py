from __future__ import annotations

import csv
import dataclasses
import json

import numpy as np
import pytest

from tfcnn.ascent import MEANINGS, gather_evidence, maximize
from tfcnn.model import Network, parse
from tfcnn.report import pattern_rows, pattern_table, write_pattern_csv, write_pattern_json


@pytest.fixture(scope="module")
def patterns():
    network = Network(parse("conv(5,3)"), (8, 8, 1), seed=2)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8)
    evidence = gather_evidence(network, "conv1", images, np.zeros(40, np.int32), progress=False)
    return maximize(
        network,
        "conv1",
        np.array([4, 0, 3]),
        recipe="plain",
        steps=20,
        restarts=3,
        candidates=10,
        evidence=evidence,
        progress=False,
    )


def test_rows_are_the_figures(patterns):
    rows = pattern_rows(patterns)
    assert [row["filter"] for row in rows] == [4, 0, 3]
    scores = patterns.evidence.scores
    for i, row in enumerate(rows):
        number = row["filter"]
        real = scores[:, number].max()
        assert row["verdict"] == patterns.verdicts[i]
        assert row["score"] == patterns.scores[i]
        assert row["robust_score"] == patterns.robust_scores[i]
        assert row["high_frequency_share"] == patterns.high_frequency_shares[i]
        assert (row["tries"], row["candidates"]) == (3, 10)
        assert row["best_linear"] == patterns.climbs.peaks[i].max()
        assert row["real_score"] == real
        assert row["best_image"] == scores[:, number].argmax()
        below = sum(score < patterns.scores[i] for score in scores[:, number])
        assert row["percentile"] == pytest.approx(100 * below / 40)
        both_positive = patterns.scores[i] > 0 and real > 0
        expected = patterns.scores[i] / real if both_positive else None
        assert row["ratio"] == (expected if expected is None else pytest.approx(expected))


def test_distinct_patterns_are_counted_on_the_pixels_that_were_climbed():
    """Two squares of 3 x 3 pixels: on a black frame they would look alike."""
    network = Network(parse("conv(1,3)"), (12, 12, 1))
    choices = {"reduction": "centre", "restarts": 2, "candidates": 4, "steps": 1}
    found = maximize(network, "conv1", **choices, progress=False)
    rows, columns = np.nonzero(found.climbs.region)
    square = slice(rows.min(), rows.min() + 3), slice(columns.min(), columns.min() + 3)
    images = np.zeros_like(found.climbs.images)
    images[0, 0][square] = np.array([[1], [1], [0]])[..., None]
    images[0, 1][square] = np.array([[1, 1, 0]])[..., None]
    climbs = dataclasses.replace(found.climbs, images=images)
    [row] = pattern_rows(dataclasses.replace(found, climbs=climbs))
    assert row["distinct"] == 2


def test_ratio_needs_two_scores_above_zero(patterns):
    for score, factor in ((-1.0, 1), (1.0, -1)):
        turned = dataclasses.replace(
            patterns,
            scores=np.full(3, score, np.float32),
            evidence=dataclasses.replace(
                patterns.evidence,
                reduced=patterns.evidence.reduced
                | {"mean": factor * np.abs(patterns.evidence.scores)},
            ),
        )
        assert all(row["ratio"] is None for row in pattern_rows(turned))


def test_json_reads_back_the_same(patterns, tmp_path):
    write_pattern_json(tmp_path / "table.json", patterns)
    read = json.loads((tmp_path / "table.json").read_text())
    assert read["filters"] == pattern_rows(patterns)
    assert read["layer"] == "conv1"
    assert read["headline"] == patterns.headline()
    assert read["meanings"] == {word: MEANINGS[word] for word in set(patterns.verdicts)}


def test_csv_reads_back_the_same(patterns, tmp_path):
    write_pattern_csv(tmp_path / "table.csv", patterns)
    with (tmp_path / "table.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    rows = pattern_rows(patterns)
    assert len(read) == len(rows)
    for line, row in zip(read, rows, strict=True):
        assert list(line) == list(row)
        for name, value in row.items():
            if value is None:
                assert line[name] == ""
            elif isinstance(value, float):
                assert float(line[name]) == value
            else:
                assert line[name] == str(value)


def test_without_evidence_there_are_no_real_figures(patterns):
    alone = dataclasses.replace(patterns, evidence=None)
    for row in pattern_rows(alone):
        assert not {"real_score", "ratio", "percentile", "best_image"} & set(row)
    assert "real" not in pattern_table(alone).to_text()


def test_text_names_those_that_only_the_plain_recipe_fired(patterns):
    assert "by plain" not in pattern_table(patterns).to_text()
    climbs = dataclasses.replace(patterns.climbs, by_gradient_alone=np.array([False, True, False]))
    head, *lines = (
        pattern_table(dataclasses.replace(patterns, climbs=climbs)).to_text().splitlines()
    )
    end = head.index("by plain") + len("by plain")
    assert [line[:end].split()[-1] for line in lines] == ["-", "yes", "-"]


@pytest.mark.parametrize("factor", [1, -1e9])
def test_text_is_aligned_on_the_right(patterns, factor):
    scaled = dataclasses.replace(patterns, scores=np.float32(factor) * patterns.scores)
    lines = pattern_table(scaled).to_text().splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    columns = [
        line.replace("high freq.", "high_freq.")
        .replace("best real", "best_real")
        .replace("fired by", "fired_by")
        .split()
        for line in lines
    ]
    assert len({len(row) for row in columns}) == 1
    for i, line in enumerate(lines[1:]):
        assert columns[i + 1][0] == str((4, 0, 3)[i])
        assert columns[i + 1][2] == f"{scaled.scores[i]:.3f}"
        # A cell ends where its title ends.
        assert line[: lines[0].index("score") + len("score")].endswith(columns[i + 1][2])

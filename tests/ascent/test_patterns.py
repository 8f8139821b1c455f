from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tfcnn.ascent import maximize
from tfcnn.ascent.evidence import high_frequency_share


@pytest.fixture(scope="module")
def patterns(random_network):
    network = random_network("conv(3,3)", (6, 6, 1), 0)
    return maximize(network, "conv1", [2, 0], recipe="plain", steps=5, progress=False)


def test_each_filter_has_its_best_climb(patterns):
    climbs = patterns.climbs
    for row in (0, 1):
        best = climbs.scores[row].argmax()
        np.testing.assert_array_equal(patterns.images[row], climbs.images[row, best])
        assert patterns.scores[row] == climbs.scores[row, best]
        assert patterns.robust_scores[row] == climbs.robust_scores[row, best]
    np.testing.assert_array_equal(
        patterns.high_frequency_shares, high_frequency_share(patterns.images)
    )


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        (
            ("weak",) + 63 * ("found",),
            "64 filters: 63 found, 1 weak",
        ),
        (
            ("weak", "dead", "found", "unreached", "dead"),
            "5 filters: 1 found, 2 dead, 1 unreached, 1 weak",
        ),
        (("dead",), "1 filter: 1 dead"),
        (("silent", "fires"), "2 filters: 1 fires, 1 silent"),
    ],
)
def test_headline(patterns, verdicts, headline):
    many = dataclasses.replace(patterns, verdicts=verdicts, filters=tuple(range(len(verdicts))))
    assert many.headline() == headline

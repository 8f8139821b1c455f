from __future__ import annotations

import pytest

from tfcnn.ascent.verdicts import MEANINGS, verdict


@pytest.mark.parametrize(
    ("score", "best_linear", "real_score", "real_linear", "word"),
    [
        (2.0, 3.0, 1.0, 4.0, "found"),
        (1.0, 3.0, 1.0, 4.0, "found"),  # A real patch may be the very best: nothing beats that.
        (0.99995, 3.0, 1.0, 4.0, "found"),
        (0.9998, 3.0, 1.0, 4.0, "weak"),
        (-1.00005, 3.0, -1.0, 4.0, "found"),
        (-1.0002, 3.0, -1.0, 4.0, "weak"),
        (0.5, 3.0, 1.0, 4.0, "weak"),
        (-0.2, 0.1, -0.1, 0.4, "weak"),
        (-0.1, 0.1, -0.2, -0.1, "found"),  # Fires somewhere, and suppresses less elsewhere.
        (-0.1, 0.0, -0.2, 0.1, "unreached"),
        (-0.1, -0.1, -0.2, 0.1, "unreached"),
        (-0.1, -0.1, -0.2, 0.0, "dead"),
        (0.0, 0.0, 0.0, 0.0, "dead"),
        (1.0, 0.1, None, None, "fires"),
        (-1.0, 0.1, None, None, "fires"),
        (0.0, 0.0, None, None, "silent"),
        (-1.0, -0.1, None, None, "silent"),
    ],
)
def test_verdict(score, best_linear, real_score, real_linear, word):
    assert verdict(score, best_linear, real_score, real_linear) == word
    assert word in MEANINGS

"""Objectives as one would write them down."""

from __future__ import annotations

import functools

import pytest
import tensorflow as tf

from tfcnn.ascent import objectives, parse_objective
from tfcnn.ascent.objectives import combine, cosine, direction, diversity, filter_map, layer

FIRST, SECOND = filter_map("conv1", 0), filter_map("conv1", 1)


def doubled(value):
    return 2 * value


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (FIRST, "conv1[0]"),
        (FIRST - 0.5 * SECOND + 3, "conv1[0] - 0.5 * conv1[1] + 3"),
        (-filter_map("conv2/linear", 7, "max"), "- max(conv2/linear[7])"),
        (filter_map("conv1", 0, (2, 3)), "conv1[0] at (2, 3)"),
        (layer("conv3"), "energy(conv3)"),
        (direction("conv1", [0.5, 1, 2]), "conv1[3 weights]"),
        (cosine("conv1", [0.5, 1], "max"), "max(cosine(conv1[2 weights]))"),
        # The directions are those of the place, also behind a combination.
        (FIRST * SECOND + filter_map("conv1", 2), "(conv1[0]) * (conv1[1]) + conv1[2]"),
        ((FIRST - 1) / SECOND, "(conv1[0] - 1) / (conv1[1])"),
        (FIRST**2, "(conv1[0]) ** (2)"),
        (combine(tf.minimum, FIRST, SECOND), "minimum(conv1[0], conv1[1])"),
        (combine(doubled, FIRST), "doubled(conv1[0])"),
        (combine(functools.partial(doubled), FIRST), "partial(conv1[0])"),
        (FIRST + diversity() + SECOND, "conv1[0] + diversity() + conv1[1]"),
        (diversity("conv2"), "diversity(conv2)"),
        (FIRST - 0.1 * objectives.total_variation(), "conv1[0] - 0.1 * total_variation(image)"),
    ],
)
def test_in_words(objective, words):
    assert objective.in_short() == words
    assert repr(objective) == f"<Objective: {words}>"


@pytest.mark.parametrize(
    "objective",
    [
        FIRST - 0.5 * filter_map("conv1", 1, "max") + 3,
        -layer("conv1"),
        2 * FIRST * SECOND - diversity(),
        (FIRST - 1) / (SECOND + FIRST**2),
    ],
)
def test_the_words_are_a_formula_for_the_same(objective):
    assert parse_objective(objective.in_short(), {"conv1": (26, 26, 2)}) == objective

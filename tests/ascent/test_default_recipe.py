from __future__ import annotations

import dataclasses

import pytest

from tfcnn.ascent import RECIPES, default_recipe, maximize
from tfcnn.errors import InputError
from tfcnn.model import ZOO, Network, parse


@pytest.fixture(scope="module")
def simple():
    return Network(ZOO["simple"], (28, 28, 1))


@pytest.mark.parametrize(
    ("layer", "reduction", "expected"),
    [
        # Pixels that are seen: 3, 8 and 18 by a position, 28 or almost by a whole map.
        ("conv1", "centre", "plain"),
        ("conv2", "centre", "plain"),
        ("conv2", (0, 3), "plain"),
        ("conv3", "centre", "robust"),
        ("conv1", "mean", "robust"),
        ("conv2", "mean", "robust"),
        ("conv3", "mean", "robust"),
        ("conv1", "max", "robust"),
    ],
)
def test_plain_where_what_is_climbed_sees_little(simple, layer, reduction, expected):
    assert default_recipe(simple, layer, reduction) == expected
    choices = {"restarts": 1, "candidates": 1, "steps": 1, "progress": False}
    patterns = maximize(simple, layer, [0], reduction=reduction, **choices)
    assert patterns.climbs.recipe == dataclasses.replace(RECIPES[expected], steps=1)


@pytest.mark.parametrize(("size", "expected"), [(11, "plain"), (12, "robust")])
def test_the_shorter_side_counts(size, expected):
    network = Network(parse(f"conv(1,(13,{size}))"), (28, 28, 1))
    assert default_recipe(network, "conv1", "centre") == expected


def test_unknown_layer_is_told(simple):
    with pytest.raises(InputError, match=r"layer: expected one of .* found 'conv9'"):
        default_recipe(simple, "conv9")

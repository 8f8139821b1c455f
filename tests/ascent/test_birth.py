from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent import birth
from tfcnn.ascent.recipe import Recipe
from tfcnn.errors import InputError

PLAIN = Recipe(steps=40, first_step=1.0, last_step=0.2)


@pytest.fixture
def network(random_network):
    return random_network("conv(2,4,act=linear)", (4, 4, 1), 0)


@pytest.fixture
def states(network):
    """The filters turn from one kernel to its opposite."""
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(4, 4, 1, 2)).astype(np.float32)
    return [network.tensors() | {"conv1/kernel": factor * kernel} for factor in (-1, 0.5, 1)]


def test_each_time_has_the_pattern_of_its_own_weights(network, states):
    grown = birth(network, states, "conv1", [1, 0], recipe=PLAIN, candidates=8)
    assert grown.layer == "conv1" and grown.filters == (1, 0)
    for time, state in enumerate(states):
        for row, number in enumerate((1, 0)):
            kernel = state["conv1/kernel"][:, :, 0, number]
            np.testing.assert_array_equal(grown.images[time, row, ..., 0], kernel > 0)
            maximum = kernel[kernel > 0].sum() + state["conv1/bias"][number]
            assert grown.scores[time, row] == pytest.approx(maximum, rel=1e-5)


def test_patterns_of_a_map_s_centre_are_cut_to_what_it_sees(random_network):
    network = random_network("conv(2,3,act=linear)", (9, 9, 1), 0)
    states = [network.tensors()]
    grown = birth(network, states, "conv1", [1], reduction="centre", recipe=PLAIN, candidates=8)
    kernel = states[0]["conv1/kernel"][:, :, 0, 1]
    np.testing.assert_array_equal(grown.images[0, 0, ..., 0], kernel > 0)


def test_starts_are_the_same_at_every_time(network, states):
    # A step of no length leaves the starts.
    still = Recipe(steps=1, first_step=1e-9, last_step=1e-9)
    grown = birth(network, states, "conv1", [0], recipe=still, candidates=8)
    np.testing.assert_allclose(grown.images[0], grown.images[2], atol=1e-6)
    np.testing.assert_allclose(grown.images[1], grown.images[2], atol=1e-6)


def test_network_has_its_own_weights_again(network, states, bytes_of):
    before = bytes_of(network)
    birth(network, states, "conv1", [0], recipe=PLAIN, candidates=8)
    assert bytes_of(network) == before
    with pytest.raises(InputError):
        birth(network, [*states, {"wrong": states[0]["conv1/bias"]}], "conv1", [0])
    with pytest.raises(InputError):
        birth(network, [{"wrong": states[0]["conv1/bias"]}, *states], "conv1", [0], recipe=PLAIN)
    assert bytes_of(network) == before

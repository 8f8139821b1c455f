"""Matching and CKA where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.inspection.comparison import baselines, compare
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.permutation import permuted
from tfcnn.inspection.similarity import linear_cka
from tfcnn.model import Network, parse

TEXT = "conv(5,3) batchnorm max(2) conv(6,3,act=tanh) flatten dense(7) dense(4,act=linear)"


def network_of(seed, text=TEXT, shape=(12, 12, 2)):
    """Random everywhere, moving statistics and biases included."""
    network = Network(parse(text), shape, seed=seed)
    generator = np.random.default_rng(seed)
    for variable in (*network.weights.values(), *network.state.values()):
        variable.assign(np.abs(variable.numpy()) + generator.uniform(0.1, 0.3, variable.shape))
    for path, variable in network.weights.items():
        if path.endswith("kernel"):
            variable.assign(generator.normal(0, 0.3, variable.shape))
    return network


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (60, 12, 12, 2)).astype(np.uint8)


# Linear CKA.


def test_cka_by_hand():
    # Centred: x = (-1, 1), y = (-1, 1, 0, 0) in two columns; Gram matrices worked out on paper.
    x = np.array([[0.0], [0.0], [2.0], [2.0]])
    y = np.array([[0.0], [2.0], [0.0], [2.0]])
    assert linear_cka(x, y) == pytest.approx(0, abs=1e-15)
    z = x + y  # Centred: -2, 0, 0, 2. <K,L> = (x.z)^2 = 16, |K| = x.x = 4, |L| = z.z = 8.
    assert linear_cka(x, z) == pytest.approx(16 / (4 * 8))


def test_cka_sees_through_rotation_factor_and_offset():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(50, 8))
    rotation, _ = np.linalg.qr(generator.normal(size=(8, 8)))
    assert linear_cka(x, 3 * x @ rotation + 5) == pytest.approx(1)
    assert linear_cka(x, x * np.arange(1, 9)) < 0.95


def test_cka_of_orthogonal_representations_is_0():
    basis, _ = np.linalg.qr(np.concatenate([np.ones((20, 1)), np.eye(20)[:, :8]], axis=1))
    assert linear_cka(basis[:, 1:4], basis[:, 4:7]) == pytest.approx(0, abs=1e-12)


def test_cka_agrees_with_the_feature_form():
    """``|Y^T X|^2 / (|X^T X| |Y^T Y|)``, the other way to write it."""
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(30, 5)), generator.normal(size=(30, 7))
    a, b = x - x.mean(0), y - y.mean(0)
    norms = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    assert linear_cka(x, y) == pytest.approx(np.linalg.norm(b.T @ a) ** 2 / norms)


def test_cka_of_a_constant_and_of_too_little():
    assert linear_cka(np.ones((5, 3)), np.eye(5)) == 0
    for wrong in (np.ones((4, 3)), np.ones((1, 3)), np.ones((0, 3))):
        with pytest.raises(InputError, match=r"^representations: expected both of the same"):
            linear_cka(wrong, np.ones((len(wrong) and 1, 3)))


# The permuted network.


def test_a_permuted_network_computes_the_same_with_its_filters_elsewhere(images):
    network = network_of(0)
    other, orders = permuted(network, seed=3)
    assert set(orders) == {"conv1", "conv2", "dense1"}
    assert any((order != np.arange(len(order))).any() for order in orders.values())
    floats = (images / 255).astype(np.float32)
    mine, theirs = network.activations(floats), other.activations(floats)
    for layer, order in orders.items():
        np.testing.assert_allclose(theirs[layer], mine[layer].numpy()[..., order], atol=1e-4)
    np.testing.assert_allclose(theirs["dense2"], mine["dense2"], atol=1e-4)


@pytest.mark.parametrize("flat", ["flatten", "globalaverage"])
def test_a_permuted_depthwise_network_computes_the_same(images, flat):
    text = "depthwise(3,multiplier=3) conv(5,2) depthwise(3,multiplier=2) {} dense(7) dense(4)"
    network = network_of(0, text.replace("{}", flat))
    other, orders = permuted(network, seed=3)
    assert set(orders) == {"conv1", "dense1"}
    floats = (images / 255).astype(np.float32)
    mine, theirs = network.activations(floats), other.activations(floats)
    order = [2 * channel + m for channel in orders["conv1"] for m in (0, 1)]
    np.testing.assert_allclose(
        theirs["depthwise2"], mine["depthwise2"].numpy()[..., order], rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(theirs["dense2"], mine["dense2"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "dense1"])
def test_matching_recovers_a_permutation_exactly(images, layer):
    network = network_of(0)
    other, orders = permuted(network, seed=3)
    matching = match_filters(network, other, layer, images)
    # Filter n of the other one is filter order[n] of the first.
    recovered = np.argsort(orders[layer])[matching.partners[:, 0]]
    assert matching.partners[:, 1].tolist() == recovered.tolist()
    assert len(matching.partners) >= 5
    np.testing.assert_allclose(matching.matched, 1, atol=1e-5)
    assert matching.share_above(0.9) == 1


# Matching.


def test_correlations_are_pearsons_over_images_and_positions(images):
    first, second = network_of(0), network_of(1)
    floats = (images / 255).astype(np.float32)
    x, y = (n.activations(floats)["conv2"].numpy().reshape(-1, 6) for n in (first, second))
    expected = np.corrcoef(x.T, y.T)[:6, 6:]
    matching = match_filters(first, second, "conv2", images)
    np.testing.assert_allclose(matching.correlations, expected, atol=1e-4)
    np.testing.assert_allclose(matching.in_the_same_place, np.diag(expected), atol=1e-4)


def test_the_assignment_is_the_best_of_all(images):
    from itertools import permutations

    matching = match_filters(network_of(0), network_of(1), "conv1", images)
    table = matching.correlations
    best = max(sum(table[i, p[i]] for i in range(5)) for p in permutations(range(5)))
    assert matching.matched.sum() == pytest.approx(best)


def test_a_dead_filter_has_no_correlation_and_a_twin_has_one_partner(images):
    network = network_of(0, "conv(3,3) flatten dense(2,act=linear)")
    kernel = network.weights["conv1/kernel"].numpy()
    kernel[..., 0] = 0  # Dead, but for its bias.
    kernel[..., 2] = kernel[..., 1]
    network.weights["conv1/kernel"].assign(kernel)
    network.weights["conv1/bias"].assign([0.1, 0.2, 0.2])
    matching = match_filters(network, network, "conv1", images)
    np.testing.assert_allclose(matching.correlations, [[0, 0, 0], [0, 1, 1], [0, 1, 1]], atol=1e-5)
    assert matching.partners[:, 0].tolist() == [1, 2]
    assert sorted(matching.partners[:, 1]) == [1, 2]
    assert matching.share_above(0.9) == 1


def test_a_filter_that_never_changes_has_no_partner_whatever_its_value():
    text = "conv(40,1,act=linear) flatten dense(2,act=linear)"
    images = np.random.default_rng(0).integers(0, 256, (150, 26, 26, 1)).astype(np.uint8)
    constant, changing = (Network(parse(text), (26, 26, 1), seed=seed) for seed in (0, 1))
    kernel = np.zeros((1, 1, 1, 40), np.float32)
    kernel[..., 39] = 1
    constant.weights["conv1/kernel"].assign(kernel)
    constant.weights["conv1/bias"].assign(np.random.default_rng(1).normal(0, 3, 40))
    matching = match_filters(constant, changing, "conv1", images)
    assert not matching.correlations[:39].any()
    assert matching.partners[:, 0].tolist() == [39]
    np.testing.assert_allclose(np.abs(matching.correlations[39]), 1, atol=1e-5)


def test_a_layer_that_died_has_no_partners_nor_have_those_behind_it(images):
    alive, dead = network_of(0), network_of(1)
    dead.weights["conv1/kernel"].assign(tf.zeros((3, 3, 2, 5)))
    rows = compare({"alive": alive, "dead": dead}, ["conv1", "conv2", "dense1"], images, False)
    for row in rows:
        assert row.matching.partners.shape == (0, 2)
        assert not row.matching.correlations.any()
        assert np.isnan(row.matching.share_above(0.9))
        assert row.cka == 0


def test_pairs_are_spread_over_their_ranking():
    table = np.diag([0.1, 0.9, 0.5, 0.7, 0.3])
    matching = Matching("conv1", table, np.repeat(np.arange(5)[:, np.newaxis], 2, axis=1))
    assert matching.spread(3).tolist() == [[1, 1], [2, 2], [0, 0]]
    assert matching.spread(1).tolist() == [[1, 1]]
    assert matching.spread(9)[:, 0].tolist() == [1, 3, 2, 4, 0]
    nothing = Matching("conv1", np.zeros((5, 5)), np.zeros((0, 2), np.intp))
    assert nothing.spread(3).shape == (0, 2)


def test_maps_of_other_sizes_and_unknown_layers_are_refused(images):
    sizes = r"^layer: .*of conv1 of the same size in all networks, found \d+x\d+ and \d+x\d+$"
    with pytest.raises(InputError, match=sizes):
        match_filters(network_of(0), network_of(0, "conv(5,5) flatten dense(4)"), "conv1", images)
    with pytest.raises(InputError, match=r"^layer: expected one of .*, found 'conv9'"):
        match_filters(network_of(0), network_of(1), "conv9", images)
    with pytest.raises(InputError, match=r"^images: expected at least one"):
        match_filters(network_of(0), network_of(1), "conv1", images[:0])
    with pytest.raises(InputError, match=r"^images: expected at least two, found 1"):
        compare({"a": network_of(0), "b": network_of(1)}, ["conv1"], images[:1])


def test_every_pair_of_many_networks_is_as_the_two_alone(images):
    networks = {name: network_of(seed) for seed, name in enumerate("abc")}
    # A layer may have another number of filters.
    networks["d"] = network_of(4, TEXT.replace("conv(5,3)", "conv(8,3)"))
    floats = (images / 255).astype(np.float32)
    rows = compare(networks, ["conv1", "conv2"], images, progress=False)
    names = ["a, b", "a, c", "a, d", "b, c", "b, d", "c, d"]
    assert [(row.pair, row.matching.layer) for row in rows] == [
        (name, layer) for name in names for layer in ("conv1", "conv2")
    ]
    for row in rows:
        layer = row.matching.layer
        x, y = (networks[name].activations(floats)[layer].numpy() for name in row.pair.split(", "))
        columns = [values.reshape(-1, values.shape[-1]).T for values in (x, y)]
        expected = np.corrcoef(*columns)[: len(columns[0]), len(columns[0]) :]
        np.testing.assert_allclose(row.matching.correlations, expected, atol=1e-4)
        assert row.cka == pytest.approx(linear_cka(x, y), abs=1e-6)


def test_the_baselines_are_what_they_should_be(images):
    known = baselines(network_of(0), ["conv1", "dense1"], images, progress=False)
    assert {
        kind: [(row.pair, row.matching.layer) for row in rows] for kind, rows in known.items()
    } == {
        "itself, permuted": [("itself, permuted", layer) for layer in ("conv1", "dense1")],
        "two untrained": [
            (f"untrained {a}, untrained {b}", layer)
            for a, b in [(1, 2), (1, 3), (2, 3)]
            for layer in ("conv1", "dense1")
        ],
    }
    for row in known["itself, permuted"]:
        assert row.cka == pytest.approx(1, abs=1e-4)
        assert row.matching.share_above(0.9) == 1
    for row in known["two untrained"][1::2]:
        assert row.matching.share_above(0.9) < 0.5
    same = {"one": network_of(0), "same": network_of(0)}
    [row] = compare(same, ["conv1"], images, progress=False)
    assert row.matching.in_the_same_place == pytest.approx(np.ones(5), abs=1e-5)

"""Ablation of networks with planted filters."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.inspection.ablation import ablate
from tfcnn.model import Network, parse


@pytest.fixture
def planted():
    """Class c is told by pixel c alone, through filter c; filter 3 copies filter 2."""
    network = Network(parse("conv(5,1) flatten dense(3,act=linear)"), (1, 3, 1))
    network.weights["conv1/kernel"].assign([[[[1.0, 1.0, 1.0, 1.0, 0.0]]]])
    reader = np.zeros((3, 5, 3), np.float32)  # Position, filter, class.
    for c in range(3):
        reader[c, c, c] = 1
    reader[2, 3, 2] = 1
    network.weights["dense1/kernel"].assign(reader.reshape(15, 3))
    network.weights["dense1/bias"].assign([0.1, 0.0, 0.0])  # In doubt it says class 0.
    labels = np.repeat([0, 1, 2], [2, 5, 3]).astype(np.int32)
    images = np.zeros((10, 1, 3, 1), np.uint8)
    images[np.arange(10), 0, labels] = 255
    return network, images, labels


def test_each_filter_costs_its_class(planted):
    network, images, labels = planted
    found = ablate(network, "conv1", images, labels, progress=False)
    assert found.images_of_class.tolist() == [2, 5, 3]
    assert found.right_before.tolist() == [2, 5, 3]
    # Without filter 0, class 0 is still the answer in doubt; filter 2 has a copy; 4 does nothing.
    assert found.right_without.tolist() == [[2, 5, 3], [2, 0, 3], [2, 5, 3], [2, 5, 3], [2, 5, 3]]
    assert found.lost.tolist() == [0, 0.5, 0, 0, 0]
    assert found.lost_by_class[1].tolist() == [0, 1, 0]
    assert found.ranking[0] == 1
    # A third of the positions is 1 in every image.
    np.testing.assert_allclose(found.means, [1 / 3, 1 / 3, 1 / 3, 1 / 3, 0], rtol=1e-6)
    assert found.firing_shares.tolist() == [1, 1, 1, 1, 0]


def test_the_mean_in_place_of_zero(planted):
    network, images, labels = planted
    # 1/3 from filter 1 at every position beats the bias of class 0, so class 1 is told.
    found = ablate(network, "conv1", images, labels, "mean", progress=False)
    assert found.right_without[1].tolist() == [2, 5, 3]


@pytest.mark.parametrize("replacement", ["zero", "mean"])
@pytest.mark.parametrize("layer", ["conv1", "conv2", "dense1"])
def test_it_agrees_with_weights_set_by_hand(layer, replacement):
    """Silent means: no weights to it, and a bias of which ReLU makes the replacement."""
    text = "conv(4,3) max(2) conv(3,3) flatten dense(5) dense(3,act=linear)"
    network = Network(parse(text), (12, 12, 1), seed=2)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (700, 12, 12, 1)).astype(np.uint8)
    labels = generator.integers(0, 3, 700).astype(np.int32)
    found = ablate(network, layer, images, labels, replacement, progress=False)
    floats = images / np.float32(255)
    values = network.activations(floats)[layer].numpy()
    means = values.mean(axis=tuple(range(values.ndim - 1)), dtype=np.float64)
    np.testing.assert_allclose(found.means, means, rtol=1e-4)
    whole = network.tensors()
    for number in range(len(means)):
        kernel, bias = whole[f"{layer}/kernel"].copy(), whole[f"{layer}/bias"].copy()
        kernel[..., number] = 0
        bias[number] = means[number] if replacement == "mean" else 0
        network.assign(whole | {f"{layer}/kernel": kernel, f"{layer}/bias": bias})
        right = network(floats).numpy().argmax(axis=1) == labels
        expected = np.bincount(labels[right], minlength=3)
        assert found.right_without[number].tolist() == expected.tolist()


def test_what_does_not_fit_is_refused(planted):
    network, images, labels = planted
    for layer, replacement, count, said in (
        ("dense1", "zero", 10, "layer: expected one of conv1, found 'dense1'"),
        ("conv1", "noise", 10, "replacement: expected one of zero, mean, found 'noise'"),
        ("conv1", "zero", 0, "images: expected at least one"),
    ):
        with pytest.raises(InputError, match=f"^{said}"):
            ablate(network, layer, images[:count], labels[:count], replacement, progress=False)


def test_a_class_without_images_loses_nothing_that_is_known(planted):
    network, images, labels = planted
    present = labels != 2
    found = ablate(network, "conv1", images[present], labels[present], progress=False)
    np.testing.assert_array_equal(found.lost_by_class[1], [0, 1, np.nan])
    assert found.lost[1] == 5 / 7

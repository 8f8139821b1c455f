from __future__ import annotations

import numpy as np
import pytest

import tfcnn
from tfcnn.errors import InputError
from tfcnn.inspection import top_patches

SPOTS = [(2, 5), (8, 3), (0, 0), (6, 6), (10, 10), (4, 9), (9, 1), (1, 8), (7, 7), (3, 2)]


def planted(pad, stride=1):
    """A filter that adds up 3 x 3 pixels, and black images with one bright square each."""
    network = tfcnn.model.Network(
        tfcnn.model.parse(f"conv(1,3,pad={pad},stride={stride},act=linear)"), (14, 14, 1)
    )
    network.weights["conv1/kernel"].assign(np.ones((3, 3, 1, 1), np.float32))
    images = np.zeros((len(SPOTS), 14, 14, 1), np.uint8)
    for number, (row, column) in enumerate(SPOTS):
        images[number, row : row + 3, column : column + 3] = 250 - number
    labels = np.arange(len(SPOTS), dtype=np.int32)
    return network, images, tfcnn.ascent.gather_evidence(network, "conv1", images, labels, False)


def test_patches_are_the_bright_squares_best_first():
    network, images, evidence = planted("valid")
    patches = top_patches(network, evidence, images, 0)
    expected = np.stack([np.full((3, 3, 1), 250 - number, np.uint8) for number in range(9)])
    np.testing.assert_array_equal(patches, expected)
    np.testing.assert_array_equal(evidence.patch_images[:, 0], np.arange(9))
    np.testing.assert_array_equal(evidence.patch_positions[:, 0], SPOTS[:9])


def test_a_patch_holds_exactly_what_makes_its_value():
    network, images, evidence = planted("same", stride=2)
    patches = top_patches(network, evidence, images, 0)
    # The kernel adds up its field, and the padding adds nothing: so the patch's sum is the output.
    sums = patches.reshape(9, -1).sum(axis=1, dtype=np.int64) / 255
    np.testing.assert_allclose(sums, evidence.patch_values[:, 0], rtol=1e-6)


@pytest.mark.parametrize("unit", [0, 5, 17, 29])
@pytest.mark.parametrize("layer", ["flatten", "dropout1", "batchnorm1"])
def test_a_flattened_value_sees_its_own_place(layer, unit):
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(2,3,stride=2) flatten dropout(0.5) batchnorm(epsilon=1e-9)"),
        (7, 12, 1),
        seed=3,
    )
    images = np.random.default_rng(0).integers(0, 256, (20, 7, 12, 1)).astype(np.uint8)
    evidence = tfcnn.ascent.gather_evidence(
        network, layer, images, np.zeros(20, np.int32), progress=False
    )
    patches = top_patches(network, evidence, images, unit) / 255
    kernel = network.weights["conv1/kernel"].numpy()[..., unit % 2]
    linear = np.tensordot(patches, kernel, axes=3) + network.weights["conv1/bias"].numpy()[unit % 2]
    np.testing.assert_allclose(np.maximum(linear, 0), evidence.patch_values[:, unit], atol=1e-5)
    assert linear.max() > 0


def test_a_flattened_pixel_is_its_own_patch():
    network = tfcnn.model.Network(tfcnn.model.parse("flatten batchnorm"), (3, 4, 2))
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 4, 2)).astype(np.uint8)
    evidence = tfcnn.ascent.gather_evidence(
        network, "batchnorm1", images, np.zeros(20, np.int32), progress=False
    )
    patches = top_patches(network, evidence, images, 13)  # Row 1, column 2, channel 1.
    np.testing.assert_array_equal(
        patches[:, 0, 0, 1], -np.sort(-images[:, 1, 2, 1].astype(int))[:9]
    )


def test_a_field_in_the_padding_is_black_there():
    network = tfcnn.model.Network(tfcnn.model.parse("conv(1,3,pad=same,act=linear)"), (5, 5, 1))
    kernel = np.zeros((3, 3, 1, 1), np.float32)
    kernel[1, 1] = 1
    network.weights["conv1/kernel"].assign(kernel)
    images = np.full((1, 5, 5, 1), 100, np.uint8)
    images[0, 0, 0] = 200
    evidence = tfcnn.ascent.gather_evidence(network, "conv1", images, np.zeros(1, np.int32), False)
    patch = top_patches(network, evidence, images, 0)[0, :, :, 0]
    np.testing.assert_array_equal(patch, [[0, 0, 0], [0, 200, 100], [0, 100, 100]])


def test_a_patch_of_a_depthwise_filter_holds_what_makes_its_value():
    text = "depthwise(2,multiplier=2,stride=2,act=linear) depthwise(2,act=linear)"
    network = tfcnn.model.Network(tfcnn.model.parse(text), (9, 11, 3), seed=1)
    images = np.random.default_rng(1).integers(0, 256, (12, 9, 11, 3)).astype(np.uint8)
    labels = np.zeros(12, np.int32)
    evidence = tfcnn.ascent.gather_evidence(network, "depthwise2", images, labels, False)
    patches = top_patches(network, evidence, images, 5) / 255
    first, second = (network.weights[f"depthwise{n}/kernel"].numpy() for n in (1, 2))
    assert patches.shape[1:] == (4, 4, 3)
    # Filter 5 is number 1 of channel 2; its four weights lie two pixels apart.
    field = np.kron(second[:, :, 5, 0], first[:, :, 2, 1])
    found = (patches[..., 2] * field).sum(axis=(1, 2))
    np.testing.assert_allclose(found, evidence.patch_values[:, 5], rtol=1e-4, atol=1e-5)


def test_a_wrong_filter_is_named():
    network, images, evidence = planted("valid")
    with pytest.raises(InputError, match="filters: expected 0 to 0 for conv1, found 1"):
        top_patches(network, evidence, images, 1)

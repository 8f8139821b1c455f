"""The pass over real images against a naive one, image by image, in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent.evidence import PATCHES, gather_evidence
from tfcnn.errors import InputError
from tfcnn.model import reading


@pytest.fixture(scope="module")
def network(random_network):
    return random_network("conv(4,5) max(2) conv(6,3) flatten dense(3,act=linear)", (28, 28, 1), 7)


@pytest.fixture(scope="module", params=["conv2", "dense1", "pool1"])
def both(request, network, digits):
    """The evidence in batches of 64, of which the last is ragged, and each image's maps."""
    images, labels = digits
    assert len(images) % 64
    patch = pytest.MonkeyPatch()
    patch.setattr(reading, "IMAGES_A_CALL", 64)
    found = gather_evidence(network, request.param, images, labels, progress=False)
    patch.undo()
    linear, activated = [], []
    for image in images:
        values = network.activations((image / 255)[None].astype(np.float32))
        path = f"{request.param}/linear"
        linear.append(values[path if path in values else request.param].numpy()[0])
        activated.append(values[request.param].numpy()[0])
    shape = (
        (len(images), 1, 1, -1) if request.param == "dense1" else (len(images), *linear[0].shape)
    )
    return found, np.stack(linear).reshape(shape), np.stack(activated).reshape(shape)


def test_scores_and_firing(both):
    found, linear, _ = both
    scores, peaks = linear.mean((1, 2)), linear.max((1, 2))
    np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.best_linear, peaks.max(0), rtol=1e-4)
    np.testing.assert_allclose(found.firing_share, (peaks > 0).mean(0), atol=1e-12)
    np.testing.assert_array_equal(found.scores.argmax(0), scores.argmax(0))
    np.testing.assert_allclose(found.peaks, peaks, rtol=1e-4, atol=1e-6)


def test_class_means(both, digits):
    found, _, activated = both
    labels = digits[1]
    for label in range(10):
        expected = activated[labels == label].mean((0, 1, 2))
        np.testing.assert_allclose(found.class_means[label], expected, rtol=1e-4, atol=1e-5)


def test_patches_are_the_best_positions(both):
    found, linear, _ = both
    assert found.patch_images.shape == (PATCHES, linear.shape[3])
    for channel in range(linear.shape[3]):
        values = linear[..., channel]
        ranked = np.sort(values.max((1, 2)))[::-1][:PATCHES]
        np.testing.assert_allclose(found.patch_values[:, channel], ranked, rtol=1e-4)
        images = found.patch_images[:, channel]
        assert len(set(images)) == PATCHES
        rows, columns = found.patch_positions[:, channel].T
        np.testing.assert_allclose(values[images, rows, columns], ranked, rtol=1e-4)


def test_planted_spots_are_located(build):
    # Each image has one bright pixel; the filter is that pixel seen through a 3x3 window.
    kernel = np.zeros((3, 3))
    kernel[1, 1] = 1
    network = build("conv(1,3)", (6, 7, 1), conv1_kernel=kernel, conv1_bias=[-0.35])
    images = np.zeros((12, 6, 7, 1), np.uint8)
    places = [(1 + i % 4, 1 + i % 5) for i in range(12)]
    for i, (row, column) in enumerate(places):
        images[i, row, column] = 20 * (i + 1)
    found = gather_evidence(network, "conv1", images, np.zeros(12, np.int32), progress=False)
    assert found.patch_images[:, 0].tolist() == list(range(11, 2, -1))
    expected = [(places[i][0] - 1, places[i][1] - 1) for i in range(11, 2, -1)]
    assert [tuple(at) for at in found.patch_positions[:, 0]] == expected
    # 0.35 is 89.25 of 255: pixels of 100 and more fire it.
    assert found.firing_share[0] == 8 / 12


def test_no_images_and_no_layer_are_told(network, digits):
    images, labels = digits
    with pytest.raises(InputError, match="images: expected at least one, found none"):
        gather_evidence(network, "conv1", images[:0], labels[:0], progress=False)
    with pytest.raises(InputError, match=r"layer: expected one of conv1, pool1.*found 'conv3'"):
        gather_evidence(network, "conv3", images[:1], labels[:1], progress=False)


def test_a_class_without_images_has_its_place(network, digits):
    images, labels = digits[0][:30], np.repeat([0, 2], 15).astype(np.int32)
    told = gather_evidence(network, "conv1", images, labels, progress=False, num_classes=5)
    alone = gather_evidence(network, "conv1", images[15:], labels[15:], progress=False)
    assert told.class_means.shape[0] == 5
    np.testing.assert_array_equal(told.class_means[[1, 3, 4]], np.nan)
    np.testing.assert_allclose(told.class_means[2], alone.class_means[2], rtol=1e-6)

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.inspection.class_patterns import class_patterns, confusions, most_confused
from tfcnn.model import Network, parse


@pytest.fixture(scope="module")
def measured():
    """A network of one conv that passes two channels through, and three classes of images."""
    network = Network(parse("conv(2,1) flatten dense(3,act=linear)"), (1, 2, 2))
    network.weights["conv1/kernel"].assign(np.eye(2).reshape(1, 1, 2, 2))
    images = np.random.default_rng(0).integers(0, 256, (40, 1, 2, 2)).astype(np.uint8)
    labels = (np.arange(40) % 3).astype(np.int32)
    images[7] = images[30]  # Classes 1 and 0, alike to the last bit.
    return images, labels, class_patterns(network, "conv1", images, labels)


def test_means_and_their_similarity(measured):
    images, labels, found = measured
    means = np.stack([(images[labels == c] / 255).mean(axis=0) for c in range(3)])
    np.testing.assert_allclose(found.means, means, rtol=1e-5)
    apart = (means - means.mean(axis=0)).reshape(3, -1)
    for a in range(3):
        for b in range(3):
            cosine = apart[a] @ apart[b] / np.linalg.norm(apart[a]) / np.linalg.norm(apart[b])
            assert found.similarities[a, b] == pytest.approx(cosine, abs=1e-4)


def test_planted_twins_are_found(measured):
    _, _, found = measured
    assert set(found.most_alike()) == {7, 30}
    assert found.lookalike_similarities[0, 1] == pytest.approx(1, abs=1e-6)
    assert found.lookalikes[0, 1].tolist() == [30, 7]
    assert found.lookalikes[1, 0].tolist() == [7, 30]


def test_lookalikes_are_the_best_of_all_pairs(measured):
    images, labels, found = measured
    flat = images.reshape(40, -1) / 255
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    cosines = unit @ unit.T
    for a, b in ((0, 2), (1, 2)):
        table = cosines[np.ix_(labels == a, labels == b)]
        assert found.lookalike_similarities[a, b] == pytest.approx(table.max(), abs=1e-5)
        first, second = found.lookalikes[a, b]
        assert (labels[first], labels[second]) == (a, b)
        assert cosines[first, second] == pytest.approx(table.max(), abs=1e-5)


def test_confusions_by_hand():
    logits = np.array([[1, 0, 0], [0, 2, 1], [0, 1, 2], [5, 1, 0]])
    found = confusions(logits, np.array([0, 1, 1, 2], np.int32))
    assert found.tolist() == [[1, 0, 0], [0, 1, 1], [1, 0, 0]]


def test_the_commonest_mistakes_by_hand():
    counts = np.array([[9, 1, 0], [2, 9, 1], [0, 0, 9]])
    assert most_confused(counts, 2) == [(1, 0), (0, 1)]
    assert most_confused(counts, 9) == [(1, 0), (0, 1), (1, 2)]
    assert most_confused(np.diag([3, 2, 1]), 9) == []


def test_images_of_one_class_are_refused(measured):
    images, _, _ = measured
    network = Network(parse("conv(2,1) flatten dense(3,act=linear)"), (1, 2, 2))
    with pytest.raises(InputError, match="labels: expected two or more classes, found 1"):
        class_patterns(network, "conv1", images[:4], np.full(4, 2, np.int32))


def test_a_class_without_images_is_left_out_of_all_figures(measured):
    images, labels, _ = measured
    network = Network(parse("conv(2,1) flatten dense(3,act=linear)"), (1, 2, 2))
    network.weights["conv1/kernel"].assign(np.eye(2).reshape(1, 1, 2, 2))
    present = labels != 1
    found = class_patterns(network, "conv1", images[present], labels[present])
    means = np.stack([(images[labels == c] / 255).mean(axis=0) for c in (0, 2)])
    np.testing.assert_allclose(found.means[[0, 2]], means, rtol=1e-5)
    assert np.isnan(found.means[1]).all()
    # Of two classes, each less the mean of both: one is the other's opposite.
    np.testing.assert_allclose(found.similarities[[0, 2]][:, [0, 2]], [[1, -1], [-1, 1]], atol=1e-9)
    assert np.isnan(found.similarities[1]).all() and np.isnan(found.similarities[:, 1]).all()
    assert (found.lookalikes[1] == -1).all() and (found.lookalikes[:, 1] == -1).all()
    first, second = found.most_alike()
    assert {labels[present][first], labels[present][second]} == {0, 2}

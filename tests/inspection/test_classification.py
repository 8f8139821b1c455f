from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tfcnn.inspection.calibration import calibrate
from tfcnn.inspection.class_patterns import confusions
from tfcnn.inspection.classification import class_scores, log_probabilities, losses


@pytest.fixture(scope="module")
def said():
    """Logits and labels of 400 images in 6 classes, of which the last is never said nor meant."""
    generator = np.random.default_rng(3)
    labels = generator.integers(0, 5, 400).astype(np.int32)
    logits = generator.normal(0, 2, (400, 6)).astype(np.float32)
    logits[np.arange(400), labels] += 2
    logits[:, 5] = -50
    return logits, labels


def test_scores_by_hand():
    # Class 0: 3 of 4 found, and one image of class 1 called 0. Class 2 has none and is never said.
    scores = class_scores(np.array([[3, 1, 0], [1, 5, 0], [0, 0, 0]]))
    assert scores.images.tolist() == [4, 6, 0]
    np.testing.assert_allclose(scores.precision, [3 / 4, 5 / 6, np.nan])
    np.testing.assert_allclose(scores.recall, [3 / 4, 5 / 6, np.nan])
    np.testing.assert_allclose(scores.f1, [3 / 4, 5 / 6, np.nan])
    lopsided = class_scores(np.array([[1, 3], [0, 4]]))
    np.testing.assert_allclose(lopsided.precision, [1, 4 / 7])
    np.testing.assert_allclose(lopsided.recall, [1 / 4, 1])
    np.testing.assert_allclose(lopsided.f1, [2 * 1 * 0.25 / 1.25, 8 / 11])


def test_scores_are_those_of_scikit_learn(said):
    logits, labels = said
    matrix = confusions(logits, labels)
    answers = logits.argmax(axis=1)
    np.testing.assert_array_equal(
        matrix, metrics.confusion_matrix(labels, answers, labels=np.arange(6))
    )
    expected = metrics.precision_recall_fscore_support(
        labels, answers, labels=np.arange(6), zero_division=np.nan
    )
    found = class_scores(matrix)
    for name, values in zip(("precision", "recall", "f1", "images"), expected, strict=True):
        np.testing.assert_allclose(getattr(found, name), values, err_msg=name)


def test_log_likelihood_is_that_of_scikit_learn(said):
    logits, labels = said
    found = log_probabilities(logits)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)
    expected = metrics.log_loss(labels, np.exp(found), labels=np.arange(6))
    assert losses(found, labels).mean() == pytest.approx(expected, rel=1e-9)


def test_huge_logits_stay_finite():
    found = log_probabilities(np.array([[1e4, 0, -1e4]], np.float32))
    np.testing.assert_allclose(found, [[0, -1e4, -2e4]])
    assert losses(found, np.array([2])).tolist() == [2e4]


def test_calibration_by_hand():
    # Confidences 0.6, 0.6, 0.8, 1.0 in halves: all above one half; in fifths: apart.
    probabilities = np.array([[0.6, 0.4], [0.4, 0.6], [0.8, 0.2], [0, 1]])
    labels = np.array([0, 0, 0, 1])
    halves = calibrate(probabilities, labels, bins=2)
    assert halves.counts.tolist() == [0, 4]
    assert halves.accuracies[1] == 3 / 4
    assert halves.confidences[1] == pytest.approx(0.75)
    assert halves.expected_error == pytest.approx(0)
    fifths = calibrate(probabilities, labels, bins=5)
    assert fifths.counts.tolist() == [0, 0, 2, 1, 1]  # An upper edge belongs to its bin.
    np.testing.assert_allclose(fifths.accuracies[2:], [0.5, 1, 1])
    # 2/4 * |0.5 - 0.6| + 1/4 * |1 - 0.8| + 1/4 * |1 - 1|.
    assert fifths.expected_error == pytest.approx(0.1)


def test_planted_overconfidence_is_what_the_error_says():
    """Images that are right with a probability of what is said less 0.2."""
    generator = np.random.default_rng(0)
    confidence = generator.uniform(0.6, 1, 200_000)
    labels = (generator.uniform(size=confidence.size) > confidence - 0.2).astype(np.int32)
    found = calibrate(np.stack([confidence, 1 - confidence], axis=1), labels)
    assert found.expected_error == pytest.approx(0.2, abs=0.005)
    honest = (generator.uniform(size=confidence.size) > confidence).astype(np.int32)
    found = calibrate(np.stack([confidence, 1 - confidence], axis=1), honest)
    assert found.expected_error < 0.005


def test_bins_are_those_of_scikit_learn():
    from sklearn.calibration import calibration_curve

    generator = np.random.default_rng(1)
    first = generator.uniform(0.5, 1, 1000)
    labels = generator.integers(0, 2, 1000)
    found = calibrate(np.stack([first, 1 - first], axis=1), labels, bins=10)
    shares, means = calibration_curve(labels == 0, first, n_bins=10)
    np.testing.assert_allclose(found.accuracies[5:], shares)
    np.testing.assert_allclose(found.confidences[5:], means)

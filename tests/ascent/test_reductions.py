"""Every entry of the table against NumPy, and against the best image that there is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

from tfcnn.ascent import gather_evidence, maximize
from tfcnn.ascent.reductions import REDUCTIONS, SIGNED, WHOLE_MAP, reducer_of

KERNEL = np.array([[1, -1, 0.5], [-2, 1.5, -0.5], [0.25, -1, 2]])
BY_NUMPY = {
    "mean": lambda maps: maps.mean((1, 2)),
    "max": lambda maps: maps.max((1, 2)),
    "centre": lambda maps: maps[:, 1, 2],  # Of 4 x 5: the upper of the two middle rows.
    "energy": lambda maps: np.square(maps).mean((1, 2)),
    (3, 1): lambda maps: maps[:, 3, 1],
}


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(6, 4, 5, 3)).astype(np.float32)


@pytest.mark.parametrize("reduction", [*REDUCTIONS, (3, 1)], ids=str)
def test_pooling_is_numpys_and_reads_the_positions_that_it_names(maps, reduction):
    reducer = reducer_of(reduction)
    found = reducer.pool(tf.constant(maps)).numpy()
    np.testing.assert_allclose(found, BY_NUMPY[reduction](maps), rtol=1e-5, atol=1e-6)
    rows, columns = reducer.positions(4, 5)
    read = np.zeros((4, 5), bool)
    read[np.ix_(rows, columns)] = True
    other = np.where(read[:, :, None], maps, 1000)
    np.testing.assert_array_equal(reducer.pool(tf.constant(other)).numpy(), found)


@pytest.mark.parametrize("reduction", [name for name, r in REDUCTIONS.items() if r.by_channel])
def test_what_is_pooled_by_channel_and_signed_is_linear(maps, reduction):
    reducer = REDUCTIONS[reduction]
    weights = np.float32([0.5, -2, 1])
    before = reducer.pool(tf.constant(maps)).numpy() @ weights
    after = reducer.pool(tf.constant((maps @ weights)[..., None])).numpy()[:, 0]
    assert np.allclose(before, after, rtol=1e-4, atol=1e-5) == reducer.signed


@pytest.mark.parametrize("reduction", SIGNED)
def test_the_climb_finds_the_best_image_and_the_real_images_are_read_alike(build, reduction):
    network = build("conv(1,3,act=linear)", (6, 6, 1), conv1_kernel=KERNEL)
    images = np.random.default_rng(0).integers(0, 256, (9, 6, 6, 1)).astype(np.uint8)
    evidence = gather_evidence(network, "conv1", images, np.zeros(9, np.int32), progress=False)
    patterns = maximize(
        network,
        "conv1",
        reduction=reduction,
        recipe="plain",
        steps=256,
        evidence=evidence,
        progress=False,
    )
    # What each pixel adds to the mean of the 16 positions; to one position its own weight.
    effect = scipy.signal.convolve2d(np.ones((4, 4)) / 16, KERNEL)
    best = np.maximum(effect if reduction == "mean" else KERNEL, 0).sum()
    assert patterns.scores[0] == pytest.approx(best, rel=1e-4)
    real = [scipy.signal.correlate2d(image[..., 0] / 255, KERNEL, mode="valid") for image in images]
    compared = BY_NUMPY[reduction if reduction in WHOLE_MAP else "max"](np.array(real))
    np.testing.assert_allclose(patterns.real_scores[:, 0], compared, rtol=1e-4, atol=1e-5)
    assert patterns.verdicts == ("found",)

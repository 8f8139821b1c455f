"""Figures of compared trainings, and pictures whose contents are known."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.inspection.comparison import LayerComparison
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.permutation import permuted
from tfcnn.model import Network, parse
from tfcnn.report.comparison import spread_table
from tfcnn.report.kernel_strip import correlations_with_first, draw_kernel_strip
from tfcnn.report.pairs import _kernels


def row_of(correlations, cka):
    partners = np.array([[0, 0], [1, 1]])
    return LayerComparison("pair", Matching("conv1", np.diag(correlations), partners), cka)


def test_the_spread_by_hand():
    rows = [row_of([0.95, 0.75], 0.9), row_of([0.65, 0.85], 0.8)]
    table = spread_table({"two trainings": rows})
    # Means 0.85 and 0.75: 0.8, deviation 0.1 / sqrt(2). Above 0.9: 50 % and 0 %; of 0.8: each half.
    assert table.rows == (
        (
            *("two trainings", "conv1", "2", "0.800 +- 0.071"),
            *("25.0% +- 35.4%", "50.0% +- 0.0%", "75.0% +- 35.4%"),
            *("0.800 +- 0.071", "0.850 +- 0.071"),
        ),
    )


def test_kernels_of_matched_filters_look_equal_in_a_permuted_network():
    network = Network(parse("conv(5,3) max(2) conv(6,3) flatten dense(3,act=linear)"), (12, 12, 1))
    other, orders = permuted(network, seed=3)
    assert (orders["conv1"] != np.arange(5)).any()
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 1)).astype(np.uint8)
    below, matching = (match_filters(network, other, layer, images) for layer in ("conv1", "conv2"))
    first, second = _kernels(network, other, "conv2", below, matching.partners)
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()
    unaligned, _ = _kernels(network, other, "conv2", None, matching.partners)
    assert unaligned.shape == first.shape


def test_correlations_over_time_are_pearsons():
    kernels = np.random.default_rng(0).normal(size=(3, 3, 3, 2, 4))
    kernels[1] = 2 * kernels[0] + 1
    kernels[2, ..., 3] = 7.0
    found = correlations_with_first(kernels)
    assert found[:2] == pytest.approx(np.ones((2, 4)))
    for number in range(3):
        first, last = kernels[0, ..., number].ravel(), kernels[2, ..., number].ravel()
        assert found[2, number] == pytest.approx(np.corrcoef(first, last)[0, 1])
    assert found[2, 3] == 0


def test_a_strip_with_other_axes_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"^kernels: expected 5 axes and 2 times, found shape"):
        draw_kernel_strip(
            np.zeros((3, 3, 1, 4)), ["a", "b"], tmp_path / "strip.png", "conv1/kernel"
        )
    draw_kernel_strip(np.ones((2, 3, 3, 1, 4)), ["a", "b"], tmp_path / "strip.png", "conv1/kernel")
    assert [path.name for path in tmp_path.iterdir()] == ["strip.png"]

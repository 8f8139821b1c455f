"""Figures of compared trainings, and pictures whose contents are known."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tfcnn.ascent import maximize
from tfcnn.errors import InputError
from tfcnn.inspection.comparison import LayerComparison
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.permutation import permuted
from tfcnn.model import Network, parse
from tfcnn.report import comparison
from tfcnn.report.comparison import comparison_table, draw_comparison, spread_table
from tfcnn.report.drawing.sheet import Sheet
from tfcnn.report.kernel_strip import correlations_with_first, draw_kernel_strip
from tfcnn.report.pairs import _kernels, draw_pairs


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


def test_a_layer_without_pairs_has_dashes_for_what_does_not_exist(tmp_path):
    nothing = Matching("conv1", np.zeros((2, 2)), np.zeros((0, 2), np.intp))
    rows = [row_of([0.95, 0.75], 0.9), LayerComparison("dead", nothing, 0.0)]
    assert comparison_table(rows).rows[1] == ("dead", "conv1", "0", *"-----", "0.000")
    [spread] = spread_table({"two trainings": rows}).rows
    assert spread == ("two trainings", "conv1", "2", *"-----", "0.450 +- 0.636")
    known = {"itself, permuted": rows, "two untrained": rows}
    draw_comparison(rows, known, tmp_path / "compare.png")
    assert (tmp_path / "compare.png").stat().st_size > 0


@pytest.fixture
def drawn(monkeypatch):
    """What is put on a sheet: (pixels, left, top, width) of each image, and all words."""
    images, words = [], []
    monkeypatch.setattr(Sheet, "image", lambda _, *arguments: images.append(arguments))
    monkeypatch.setattr(Sheet, "text", lambda _, text, *__, **___: words.append(text))
    return images, words


def draw_all_pairs(first, second, below, path):
    images = np.random.default_rng(0).integers(0, 256, (40, *first.input_shape)).astype(np.uint8)
    layer = first.hidden_layers[-1]
    matching = match_filters(first, second, layer, images)
    patterns = tuple(
        maximize(network, layer, filters, steps=1, candidates=4, restarts=1, progress=False)
        for network, filters in zip((first, second), matching.spread(9).T, strict=True)
    )
    draw_pairs(first, second, matching, below, patterns, path)
    return matching, patterns


def test_pairs_of_a_layer_without_kernels_are_patterns(tmp_path, drawn):
    text = "conv(4,3) batchnorm flatten dense(3,act=linear)"
    networks = [Network(parse(text), (12, 12, 1), seed) for seed in (0, 1)]
    matching, patterns = draw_all_pairs(*networks, None, tmp_path / "pairs.png")
    images, _ = drawn
    assert matching.layer == "batchnorm1"
    assert len(images) == 2 * len(matching.spread(9)) > 0
    for (pixels, *_), expected in zip(images[::2], patterns[0].images, strict=True):
        np.testing.assert_array_equal(pixels, expected)


def test_the_legend_fits_below_a_single_panel(tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(comparison, "save_png", lambda figure, _: figures.append(figure))
    rows = [row_of([0.95, 0.75], 0.9)]
    known = {"itself, permuted": rows, "two untrained": rows}
    draw_comparison(rows, known, tmp_path / "compare.png")
    [figure] = figures
    FigureCanvasAgg(figure).draw()
    [legend] = figure.legends
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_pairs_of_kernels_of_other_sizes_lie_side_by_side(tmp_path, drawn):
    first, second = (
        Network(parse(f"conv(4,{size},pad=same) flatten dense(3,act=linear)"), (12, 12, 1), seed)
        for seed, size in enumerate(("3", "(7,5)"))
    )
    matching, patterns = draw_all_pairs(first, second, None, tmp_path / "pairs.png")
    images, words = drawn
    assert len(images) == 4 * 4
    for number, (one, other) in enumerate(matching.spread(9)):
        kernels, found = images[4 * number : 4 * number + 2], images[4 * number + 2 :][:2]
        for (pixels, _, top, width), network, filter_number in zip(
            kernels, (first, second), (one, other), strict=True
        ):
            kernel = network.weights["conv1/kernel"].numpy()[..., 0, filter_number]
            assert pixels.shape == (*kernel.shape, 3)
            # Red is positive and blue negative.
            assert ((pixels[..., 0] > pixels[..., 2]) == (kernel > 0)).all()
            assert top + width * pixels.shape[0] / pixels.shape[1] < found[0][2]
        assert kernels[0][1] + kernels[0][3] < kernels[1][1]
        for side in (0, 1):
            np.testing.assert_array_equal(found[side][0], patterns[side].images[number])
        assert f"{matching.correlations[one, other]:.2f}\n{one} and {other}" in words


def test_kernels_that_read_a_layer_without_pairs_are_left_out(tmp_path, drawn):
    text = "conv(2,3,pad=same) conv(3,3,pad=same) flatten dense(3,act=linear)"
    first, second = (Network(parse(text), (8, 8, 1), seed) for seed in (0, 1))
    nothing = Matching("conv1", np.zeros((2, 2)), np.zeros((0, 2), np.intp))
    draw_all_pairs(first, second, nothing, tmp_path / "pairs.png")
    images, words = drawn
    assert len(images) == 2 * 3
    assert "kernels" not in words


def test_kernels_of_single_channels_are_left_out(tmp_path, drawn):
    text = "depthwise(3,multiplier=2) flatten dense(3,act=linear)"
    first, second = (Network(parse(text), (8, 8, 3), seed) for seed in (0, 1))
    draw_all_pairs(first, second, None, tmp_path / "pairs.png")
    images, words = drawn
    assert len(images) == 2 * 6
    assert "kernels" not in words


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

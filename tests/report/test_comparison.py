"""Figures of compared trainings, and pictures whose contents are known."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tfcnn.ascent import maximize
from tfcnn.inspection.comparison import LayerComparison
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.permutation import permuted
from tfcnn.model import Network, parse
from tfcnn.report.comparison import comparison_table, draw_comparison, spread_table
from tfcnn.report.drawing.mosaic import in_red_and_blue
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


def test_pairs_of_a_layer_without_kernels_are_patterns(tmp_path, saved):
    text = "conv(4,3) batchnorm flatten dense(3,act=linear)"
    networks = [Network(parse(text), (12, 12, 1), seed) for seed in (0, 1)]
    matching, patterns = draw_all_pairs(*networks, None, tmp_path / "pairs.png")
    tiles = saved[0].tiles
    assert matching.layer == "batchnorm1"
    assert len(tiles) == 2 * len(matching.spread(9)) > 0
    for side in (0, 1):
        for tile, expected in zip(tiles[side::2], patterns[side].images, strict=True):
            np.testing.assert_array_equal(tile.pixels, expected[..., 0])


def test_the_curves_are_the_sorted_correlations(tmp_path, saved):
    rows = [row_of([0.75, 0.95], 0.9)]
    known = {
        "itself, permuted": [row_of([0.5, 1.0], 1.0)],
        "two untrained": [row_of([0.1, 0.2], 0.3)],
    }
    draw_comparison(rows, known, tmp_path / "compare.png")
    [axes] = saved[0].figure.axes
    found = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert found == {
        "the same number": [0.95, 0.75],
        "two trainings": [0.95, 0.75],
        "itself, permuted": [1.0, 0.5],
        "two untrained": [0.2, 0.1],
    }
    assert axes.get_title().splitlines() == [
        "conv1",
        "CKA: two trainings 0.90",
        "itself, permuted 1.00",
        "two untrained 0.30",
    ]


def test_the_legend_fits_below_a_single_panel(tmp_path, saved):
    rows = [row_of([0.95, 0.75], 0.9)]
    known = {"itself, permuted": rows, "two untrained": rows}
    draw_comparison(rows, known, tmp_path / "compare.png")
    [figure] = (picture.figure for picture in saved)
    FigureCanvasAgg(figure).draw()
    [legend] = figure.legends
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_pairs_of_kernels_of_other_sizes_lie_side_by_side(tmp_path, saved):
    first, second = (
        Network(parse(f"conv(8,{size},pad=same) flatten dense(3,act=linear)"), (12, 12, 1), seed)
        for seed, size in enumerate(("3", "(7,5)"))
    )
    matching, patterns = draw_all_pairs(first, second, None, tmp_path / "pairs.png")
    pairs = matching.spread(9)
    assert len(pairs) == 8  # Six in the first two rows of the page, and two.
    for kernels, found, which in (
        (saved[0].tiles[:12], saved[0].tiles[12:24], range(6)),
        (saved[0].tiles[24:28], saved[0].tiles[28:], range(6, 8)),
    ):
        assert {tile.row for tile in kernels} == {"kernels"}
        assert {tile.row for tile in found} == {"patterns"}
        for place, number in enumerate(which):
            pair = pairs[number]
            for side, network in enumerate((first, second)):
                kernel = network.weights["conv1/kernel"].numpy()[..., 0, pair[side]]
                tile, pattern = kernels[2 * place + side], found[2 * place + side]
                limit = np.abs(kernel).max()
                np.testing.assert_allclose(tile.pixels, in_red_and_blue(kernel, limit))
                np.testing.assert_array_equal(pattern.pixels, patterns[side].images[number, ..., 0])
                correlation = matching.correlations[tuple(pair)]
                assert pattern.caption == f"{correlation:.2f}\n{pair[0]} and {pair[1]}"
                assert tile.bottom < pattern.top
            assert kernels[2 * place].right < kernels[2 * place + 1].left


def test_kernels_that_read_a_layer_without_pairs_are_left_out(tmp_path, saved):
    text = "conv(2,3,pad=same) conv(3,3,pad=same) flatten dense(3,act=linear)"
    first, second = (Network(parse(text), (8, 8, 1), seed) for seed in (0, 1))
    nothing = Matching("conv1", np.zeros((2, 2)), np.zeros((0, 2), np.intp))
    draw_all_pairs(first, second, nothing, tmp_path / "pairs.png")
    assert len(saved[0].tiles) == 2 * 3
    assert "kernels" not in saved[0].words


def test_kernels_of_single_channels_are_left_out(tmp_path, saved):
    text = "depthwise(3,multiplier=2) flatten dense(3,act=linear)"
    first, second = (Network(parse(text), (8, 8, 3), seed) for seed in (0, 1))
    draw_all_pairs(first, second, None, tmp_path / "pairs.png")
    assert len(saved[0].tiles) == 2 * 6
    assert "kernels" not in saved[0].words


def test_kernels_of_matched_filters_look_equal_in_a_permuted_network():
    network = Network(parse("conv(5,3) max(2) conv(6,3) flatten dense(3,act=linear)"), (12, 12, 1))
    other, orders = permuted(network, seed=3)
    assert (orders["conv1"] != np.arange(5)).any()
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 1)).astype(np.uint8)
    below, matching = (match_filters(network, other, layer, images) for layer in ("conv1", "conv2"))
    pairs = _kernels(network, other, "conv2", below, matching.partners)
    for first, second in pairs:
        np.testing.assert_array_equal(first, second)
    assert (pairs[0][0] != pairs[1][0]).any()
    unaligned = _kernels(network, other, "conv2", None, matching.partners)
    assert any((first != second).any() for first, second in unaligned)

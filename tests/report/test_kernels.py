"""Kernels as pictures: the number under a kernel is its own."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.report.kernels import correlations_with_first, draw_kernel_strip, draw_kernels

MAP = matplotlib.colormaps["RdBu_r"]


def colours(weights, limit):
    return MAP(0.5 + np.asarray(weights) / (2 * limit))[..., :3]


@pytest.fixture
def kernel():
    """Weights [3, 2, 4, 20] of which no two are alike; the largest is 3."""
    weights = np.random.default_rng(0).normal(size=(3, 2, 4, 20))
    return 3 * weights / np.abs(weights).max()


@pytest.mark.parametrize("sign", [1, -1])
def test_filters_of_one_channel_are_numbered_on_one_symmetric_scale(tmp_path, saved, kernel, sign):
    kernel = sign * np.abs(kernel[:, :, :1])
    kernel /= kernel.max() if sign > 0 else -kernel.min()
    draw_kernels(kernel, tmp_path / "k.png", "conv1/kernel")
    [picture] = saved
    assert len(picture.tiles) == 20
    for number in (4, 0, 3, 19):
        [tile] = [tile for tile in picture.tiles if tile.caption == str(number)]
        np.testing.assert_allclose(tile.pixels, colours(kernel[:, :, 0, number], 1.0))
    assert {"-1", "1"} < set(picture.words)
    assert "conv1/kernel" in picture.description
    assert [tile.top for tile in picture.tiles] == sorted(tile.top for tile in picture.tiles)


def test_a_matrix_has_inputs_down_and_filters_across(tmp_path, saved, kernel):
    draw_kernels(kernel, tmp_path / "k.png", "conv2/kernel")
    [picture] = saved
    assert len(picture.tiles) == 4 * 20
    for tile in picture.tiles:
        expected = kernel[:, :, int(tile.row), int(tile.column)]
        np.testing.assert_allclose(tile.pixels, colours(expected, 3.0))


def test_a_large_layer_shows_the_first_and_says_so(tmp_path, saved):
    draw_kernels(np.ones((3, 3, 64, 128)), tmp_path / "k.png", "conv3/kernel")
    tiles, words = saved[0].tiles, " ".join(saved[0].words)
    assert {tile.row for tile in tiles} == {str(number) for number in range(16)}
    assert {tile.column for tile in tiles} == {str(number) for number in range(32)}
    assert "input channel (the first 16 of 64)" in words
    assert "filter (the first 32 of 128)" in words


def test_zero_kernel_is_white_and_other_shapes_are_refused(tmp_path, saved):
    draw_kernels(np.zeros((3, 3, 1, 2)), tmp_path / "k.png", "conv1/kernel")
    for tile in saved[0].tiles:
        np.testing.assert_allclose(tile.pixels, colours(np.zeros((3, 3)), 1.0))
    with pytest.raises(InputError, match=r"conv1/bias: expected a kernel .* \(32,\)"):
        draw_kernels(np.zeros(32), tmp_path / "bias.png", "conv1/bias")


def test_a_strip_has_times_down_and_filters_across(tmp_path, saved, kernel):
    kernels = np.stack([kernel, -kernel, kernel[::-1]])
    kernels *= 2 / np.abs(kernels[:, :, :, 0, :16]).max()  # Of what is drawn.
    times = ["step 4", "step 0", "step 3"]
    draw_kernel_strip(kernels, times, tmp_path / "strip.png", "conv2/kernel")
    [picture] = saved
    assert len(picture.tiles) == 3 * 16
    for tile in picture.tiles:
        time, number = times.index(tile.row), int(tile.column)
        np.testing.assert_allclose(tile.pixels, colours(kernels[time, :, :, 0, number], 2.0))
        flat = kernels[:, ..., number].reshape(3, -1)
        found = np.corrcoef(flat[0], flat[time])[0, 1]
        assert float(tile.caption) == pytest.approx(found, abs=0.0051)
    title = picture.words[0]
    assert title == "conv2/kernel, input channel 0 of 4, the first 16 of 20 filters"
    assert "-0.00" not in picture.words


def test_a_long_training_shows_a_hundred_times_and_says_so(tmp_path, saved):
    times = [f"step {number}" for number in range(700)]
    kernels = np.arange(700.0).reshape(700, 1, 1, 1, 1) / 699
    draw_kernel_strip(kernels, times, tmp_path / "strip.png", "conv1/kernel")
    [picture] = saved
    assert picture.words[0] == "conv1/kernel, 100 of 700 checkpoints"
    steps = [int(tile.row.split()[1]) for tile in picture.tiles]
    assert (len(steps), steps[0], steps[-1]) == (100, 0, 699)
    assert steps == sorted(set(steps))
    for tile, step in zip(picture.tiles, steps, strict=True):
        np.testing.assert_allclose(tile.pixels[0, 0], colours([step / 699], 1.0)[0])


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

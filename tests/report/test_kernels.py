from __future__ import annotations

import matplotlib
import matplotlib.image
import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.report.kernels import draw_kernels

RED, BLUE = matplotlib.colormaps["RdBu_r"]([1.0, 0.0])[:, :3]


def drawn(kernel, tmp_path):
    """The picture without its colour bar, which ends it on the right."""
    path = tmp_path / "kernels.png"
    draw_kernels(kernel, path, "conv1/kernel")
    pixels = matplotlib.image.imread(path)[..., :3]
    return pixels[:, : int(pixels.shape[1] - 1.3 * 120)]


def places(pixels, color):
    """Rows and columns of the pixels of a colour."""
    return np.nonzero(np.abs(pixels - color).max(axis=2) < 0.02)


def test_filters_of_one_channel_lie_in_order_on_one_symmetric_scale(tmp_path):
    kernel = np.zeros((3, 3, 1, 20))
    kernel[..., 1] = 2.0
    kernel[..., 10] = -2.0  # In the second row of eight, the third from the left.
    pixels = drawn(kernel, tmp_path)
    red, blue = places(pixels, RED), places(pixels, BLUE)
    assert len(red[0]) == pytest.approx(len(blue[0]), rel=0.05)
    assert len(red[0]) > 1000
    assert red[0].max() < blue[0].min()
    assert red[1].max() < blue[1].min()


def test_the_scale_is_symmetric_even_if_the_weights_are_not(tmp_path):
    kernel = np.zeros((3, 3, 1, 4))
    kernel[..., 0], kernel[..., 1] = 4.0, -1.0
    pixels = drawn(kernel, tmp_path)
    assert len(places(pixels, BLUE)[0]) == 0
    # -1 of 4 lies three eighths up the colours.
    assert len(places(pixels, matplotlib.colormaps["RdBu_r"](0.375)[:3])[0]) > 1000


def test_matrix_has_inputs_down_and_filters_across(tmp_path):
    kernel = np.zeros((1, 1, 4, 6))
    kernel[0, 0, 0, 5] = 1.0
    kernel[0, 0, 3, 0] = -1.0
    pixels = drawn(kernel, tmp_path)
    red, blue = places(pixels, RED), places(pixels, BLUE)
    assert red[0].max() < blue[0].min()
    assert red[1].min() > blue[1].max()


def test_weights_inside_a_tile_keep_their_orientation(tmp_path):
    kernel = np.zeros((2, 3, 1, 1))
    kernel[0, 2] = 1.0
    kernel[1, 0] = -1.0
    pixels = drawn(kernel, tmp_path)
    red, blue = places(pixels, RED), places(pixels, BLUE)
    assert red[0].max() < blue[0].min()
    assert red[1].min() > blue[1].max()


def test_a_large_layer_shows_the_first_and_says_so(monkeypatch):
    figures = []
    monkeypatch.setattr(
        "tfcnn.report.kernels.save_png", lambda figure, path: figures.append(figure)
    )
    draw_kernels(np.ones((3, 3, 64, 128)), "unused.png", "conv3/kernel")
    axes = figures[0].axes[0]
    assert axes.get_xlabel() == "filter (the first 32 of 128)"
    assert axes.get_ylabel() == "input channel (the first 16 of 64)"
    assert [label.get_text() for label in axes.get_xticklabels()] == [str(n) for n in range(32)]


def test_zero_kernel_is_drawn_and_other_shapes_are_refused(tmp_path):
    assert len(places(drawn(np.zeros((3, 3, 1, 2)), tmp_path), RED)[0]) == 0
    with pytest.raises(InputError, match=r"conv1/bias: expected a kernel .* \(32,\)"):
        draw_kernels(np.zeros(32), tmp_path / "bias.png", "conv1/bias")

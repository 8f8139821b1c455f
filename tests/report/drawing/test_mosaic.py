from __future__ import annotations

import matplotlib
import numpy as np

from tfcnn.report.drawing.mosaic import in_red_and_blue, mosaic


def test_a_mosaic_by_hand():
    tiles = np.array([4, 0, 3]).reshape(3, 1, 1, 1) * np.ones((1, 2, 1, 1), int)
    np.testing.assert_array_equal(
        mosaic(tiles, 9)[..., 0],
        [[4, 9, 0], [4, 9, 0], [9, 9, 9], [3, 9, 9], [3, 9, 9]],
    )
    np.testing.assert_array_equal(mosaic(tiles[:1], 9), tiles[0])


def test_every_pixel_of_a_mosaic_is_its_tiles():
    tiles = np.random.default_rng(0).random((7, 3, 2, 3))
    found = mosaic(tiles, np.nan)
    assert found.shape == (3 * 4 - 1, 3 * 3 - 1, 3)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, 3)
        np.testing.assert_array_equal(found[4 * row :, 3 * column :][:3, :2], tile)
    assert np.isfinite(found[..., 0]).sum() == 7 * 3 * 2


def test_red_is_positive_blue_negative_and_white_0():
    found = in_red_and_blue(np.array([-2.0, 0.0, 2.0, 1.0, np.nan]), 2.0)
    map_ = matplotlib.colormaps["RdBu_r"]
    np.testing.assert_array_equal(found[:4], [map_(share)[:3] for share in (0.0, 0.5, 1.0, 0.75)])
    assert found[0, 2] > found[0, 0] and found[2, 0] > found[2, 2] and found[1].min() > 0.96
    np.testing.assert_allclose(found[4], [0.85] * 3)

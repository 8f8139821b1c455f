"""Pictures of one image: what layers make of it, what speaks for a class, what is decided."""

from __future__ import annotations

import numpy as np
import pytest

import tfcnn
from tfcnn.report.drawing.mosaic import in_red_and_blue

NAMES = ["Ankle boot", "T-shirt/top", "a name that is far too long"]


@pytest.fixture
def values():
    """Of a layer of 20 maps, one of 2 and two of units; only the first has its zeros cut off."""
    generator = np.random.default_rng(0)
    linear, pool = generator.normal(size=(5, 5, 20)), generator.random((2, 2, 2))
    units, logits = generator.normal(size=40), np.array([2.0, -1.0, 0.5])
    return {
        "conv1/linear": linear,
        "conv1": np.maximum(linear, 0),
        "pool1": pool,
        "flatten": pool.reshape(-1),
        "dense1/linear": units,
        "dense1": np.maximum(units, 0),
        "dense2/linear": logits,
        "dense2": logits,
    }


def test_every_map_stands_above_its_number(tmp_path, saved, values):
    paths = tfcnn.report.draw_activations(values, tmp_path, "a", NAMES)
    assert [path.name for path in paths] == [
        f"a_{layer}.png" for layer in ("conv1", "pool1", "dense1", "dense2")
    ]
    conv, pool = saved[0], saved[1]
    limit = np.abs(values["conv1/linear"]).max()
    assert len(conv.tiles) == 2 * 20
    assert {f"{-limit:.3g}", f"{limit:.3g}"} < set(conv.words)
    for name, tiles in (("conv1/linear", conv.tiles[:20]), ("conv1", conv.tiles[20:])):
        assert tiles[0].row == name
        for tile in tiles:
            expected = values[name][..., int(tile.caption)] / (2 * limit) + 0.5
            np.testing.assert_allclose(tile.pixels, expected, atol=1e-6)
    for tile in pool.tiles:  # Nothing is negative: black is 0.
        expected = values["pool1"][..., int(tile.caption)] / values["pool1"].max()
        np.testing.assert_allclose(tile.pixels, expected, atol=1e-6)
    assert "conv1" in conv.description and "pool1" in pool.description


def test_units_are_bars_and_those_of_the_last_layer_have_names(tmp_path, saved, values):
    tfcnn.report.draw_activations(values, tmp_path, "a", NAMES)
    linear, active = saved[2].figure.axes[0].child_axes
    assert [bar.get_height() for bar in linear.patches] == list(values["dense1/linear"])
    assert [bar.get_height() for bar in active.patches] == list(values["dense1"])
    [logits] = saved[3].figure.axes[0].child_axes  # Not drawn twice.
    assert [bar.get_height() for bar in logits.patches] == [2.0, -1.0, 0.5]
    labels = [label.get_text() for label in logits.get_xticklabels()]
    assert labels == ["Ankle boot", "T-shirt/top", "a name that is fa…"]


def test_a_decision_has_the_image_and_a_bar_a_class(tmp_path, saved):
    image = np.random.default_rng(0).random((8, 8, 1), np.float32)
    shares = np.array([0.1, 0.65, 0.25])
    tfcnn.report.draw_decision(image, shares, NAMES, tmp_path / "a.png", "test image 7 (9)")
    [picture] = saved
    [tile] = picture.tiles
    np.testing.assert_array_equal(tile.pixels, image[..., 0])
    [bars] = picture.figure.axes[0].child_axes
    assert [bar.get_height() for bar in bars.patches] == list(shares)
    assert [text.get_text() for text in bars.texts] == ["10.0%", "65.0%", "25.0%"]
    assert picture.words[0] == "test image 7 (9)"


def test_a_decision_among_a_hundred_shows_the_ten_most_probable(tmp_path, saved):
    shares = np.random.default_rng(0).dirichlet(np.ones(100))
    names = [f"class {number}" for number in range(100)]
    image = np.zeros((8, 8, 1), np.float32)
    tfcnn.report.draw_decision(image, shares, names, tmp_path / "a.png", "title")
    [bars] = saved[0].figure.axes[0].child_axes
    labels = [label.get_text() for label in bars.get_xticklabels()]
    assert labels == [names[number] for number in np.argsort(-shares)[:10]]
    assert [bar.get_height() for bar in bars.patches] == sorted(shares, reverse=True)[:10]


def test_attributions_stand_above_their_methods_each_on_its_own_scale(tmp_path, saved):
    generator = np.random.default_rng(0)
    image = generator.random((6, 6, 1), np.float32)
    maps = {name: scale * generator.normal(size=(6, 6)) for name, scale in (("b", 9), ("a", 0.1))}
    maps["none"] = np.zeros((6, 6))
    tfcnn.report.draw_attributions(image, maps, tmp_path / "a.png", "title")
    first, *others = saved[0].tiles
    np.testing.assert_array_equal(first.pixels, image[..., 0])
    assert first.caption == "the image"
    for tile, (name, heat) in zip(others, maps.items(), strict=True):
        limit = np.abs(heat).max()
        assert tile.caption == f"{name}\nup to {limit:.3g}"
        np.testing.assert_allclose(tile.pixels, in_red_and_blue(heat, limit or 1.0))

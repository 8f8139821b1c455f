"""How layers answer to classes: tables and pictures read back."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import tfcnn
from tfcnn.inspection.class_patterns import ClassPatterns
from tfcnn.inspection.probes import Probe

NAMES = ("Ankle boot", "T-shirt/top", "a class with a name of many words")


def test_the_table_of_probes_by_hand():
    probes = [Probe("pixels", 1234, 0.9, 0.95678), Probe("conv1", 8, 1.0, 0.5)]
    assert tfcnn.report.probe_table(probes).rows == (
        ("pixels", "1,234", "90.00%", "95.68%"),
        ("conv1", "8", "100.00%", "50.00%"),
    )


def test_a_class_has_its_maps_side_by_side_and_its_similarities(tmp_path, saved):
    generator = np.random.default_rng(0)
    means = generator.random((3, 2, 2, 5))
    cosines = np.clip(generator.normal(size=(3, 3)), -1, 1)
    none = np.zeros((3, 3))
    found = ClassPatterns("conv1", means, cosines, np.zeros((3, 3, 2), int), none)
    tfcnn.report.draw_class_patterns(found, NAMES, tmp_path / "c.png")
    patterns, matrix, *_ = saved[0].figure.axes
    rows = patterns.images[0].get_array()
    ticks = dict(
        zip([t.get_text() for t in patterns.get_xticklabels()], patterns.get_xticks(), strict=True)
    )
    for number in (4, 0, 3):
        start = int(ticks[str(number)])
        expected = means[..., number].reshape(3, 4)
        np.testing.assert_array_equal(rows[:, start : start + 4], expected)
    np.testing.assert_array_equal(matrix.images[0].get_array(), cosines)
    for labels in (patterns.get_yticklabels(), matrix.get_yticklabels(), matrix.get_xticklabels()):
        assert [label.get_text() for label in labels] == [*NAMES[:2], "a class with a na…"]
    assert "conv1" in saved[0].description


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (6, 8, 8, 1)).astype(np.uint8)
    part = tfcnn.data.Split(images, np.arange(6, dtype=np.int32) % 3)
    return tfcnn.data.Dataset("made up", 3, NAMES, part, part, {})


def squares(maps, columns):
    """Maps [height, width, count] in a square, by a plain loop."""
    height, width, count = maps.shape
    rows = -(-count // columns)
    page = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1))
    for number in range(count):
        row, column = divmod(number, columns)
        top, left = row * (height + 1), column * (width + 1)
        page[top : top + height, left : left + width] = maps[..., number]
    return page


def test_lookalikes_stand_side_by_side_layer_by_layer(tmp_path, saved, data):
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(5,3) flatten dense(6) dense(3,act=linear)"), (8, 8, 1)
    )
    tfcnn.report.draw_lookalikes(network, data, [[4, 0], [3, 1]], tmp_path / "a.png")
    [picture] = saved
    pixels = data.test.images[[4, 0, 3, 1]].astype(np.float32) / 255
    values = {path: value.numpy() for path, value in network.activations(pixels).items()}
    said = values["dense2"].argmax(axis=1)
    for layer, tiles in zip(
        ("pixels", "conv1", "dense1"), (picture.tiles[n : n + 4] for n in (0, 4, 8)), strict=True
    ):
        of_layer = pixels if layer == "pixels" else values[layer]
        for number, tile in enumerate(tiles):
            pair = of_layer[number // 2 * 2 :][:2]
            shown = of_layer[number] / pair.max()
            if layer != "pixels":
                shown = squares(
                    np.maximum(shown.reshape((1, 1, 6) if shown.ndim == 1 else shown.shape), 0), 3
                )
            np.testing.assert_allclose(tile.pixels, shown.reshape(tile.pixels.shape), atol=1e-6)
            one, other = pair.reshape(2, -1)
            cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
            assert (tile.row, tile.caption) == (layer, f"cosine {cosine:.2f}")
    heads = [picture.tiles[0].column, picture.tiles[2].column]
    short = [*NAMES[:2], "a class with a na…"]
    assert heads == [
        f"left: test image 4\n{short[1]}, called {short[said[0]]}\n"
        f"right: test image 0\n{short[0]}, called {short[said[1]]}",
        f"left: test image 3\n{short[0]}, called {short[said[2]]}\n"
        f"right: test image 1\n{short[1]}, called {short[said[3]]}",
    ]


def test_a_single_pair_of_lookalikes_has_all_its_words(tmp_path, saved, data):
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(2,3) flatten dense(3,act=linear)"), (8, 8, 1)
    )
    tfcnn.report.draw_lookalikes(network, data, [[0, 2]], tmp_path / "a.png")
    figure = saved[0].figure
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)

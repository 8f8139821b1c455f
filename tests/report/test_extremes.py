"""Pictures of many classes, many filters or few pairs: all words are on them, and they exist."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import tfcnn
from tfcnn.inspection.ablation import Ablation
from tfcnn.report import ablation, activations, lookalikes
from tfcnn.report.drawing import sheet
from tfcnn.report.drawing.png import DOTS_PER_INCH

LONG = "a class with a name of many words"


@pytest.fixture
def drawn(monkeypatch):
    """The figures that would be saved."""
    figures = []
    for room in (ablation, activations, sheet):
        monkeypatch.setattr(room, "save_png", lambda figure, _: figures.append(figure))
    return figures


def test_the_maps_of_a_linear_layer_are_drawn_once(tmp_path, monkeypatch):
    network = tfcnn.model.Network(
        tfcnn.model.parse("flatten dense(4) dense(3,act=linear)"), (6, 6, 1)
    )
    images = np.random.default_rng(0).random((1, 6, 6, 1), np.float32)
    values = {path: value.numpy()[0] for path, value in network.activations(images).items()}
    panels = []
    monkeypatch.setattr(activations, "_draw_units", lambda blocks, *_: panels.append(list(blocks)))
    activations.draw_activations(values, tmp_path, "a", ["x", "y", "z"])
    assert panels == [["dense1/linear", "dense1"], ["dense2"]]


def test_a_decision_among_a_hundred_shows_the_ten_most_probable(drawn, tmp_path):
    shares = np.random.default_rng(0).dirichlet(np.ones(100))
    names = [f"class {number}" for number in range(100)]
    image = np.zeros((8, 8, 1), np.float32)
    activations.draw_decision(image, shares, names, tmp_path / "a.png", "title")
    [figure] = drawn
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert labels == [names[number] for number in np.argsort(-shares)[:10]]


def test_a_picture_of_five_thousand_filters_has_no_more_pixels_than_can_be(drawn, tmp_path):
    generator = np.random.default_rng(0)
    filters, classes = 5000, 3
    found = Ablation(
        layer="dense1",
        images_of_class=np.full(classes, 100),
        right_before=np.full(classes, 90),
        right_without=generator.integers(60, 100, (filters, classes)),
        means=generator.random(filters),
        firing_shares=generator.random(filters),
    )
    ablation.draw_ablation(found, [str(n) for n in range(classes)], tmp_path / "a.png")
    [figure] = drawn
    assert DOTS_PER_INCH * figure.get_size_inches().max() < 2**16
    assert len(figure.axes[1].get_xticks()) < 500


def test_a_single_pair_of_lookalikes_has_all_its_words(drawn, tmp_path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (4, 8, 8, 1)).astype(np.uint8)
    part = tfcnn.data.Split(images, np.arange(4, dtype=np.int32) % 2)
    data = tfcnn.data.Dataset("made up", 2, (LONG, LONG), part, part, {})
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(2,3) flatten dense(2,act=linear)"), (8, 8, 1)
    )
    lookalikes.draw_lookalikes(network, data, [[0, 1]], tmp_path / "a.png")
    [figure] = drawn
    FigureCanvasAgg(figure).draw()
    [page] = figure.axes
    boxes = [text.get_window_extent() for text in page.texts]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)
    first, second = (
        text.get_window_extent() for text in page.texts if text.get_text().startswith("test image")
    )
    assert first.x1 < second.x0

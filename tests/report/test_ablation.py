"""What a filter does to the answers: its silence, and its pattern pasted into images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tfcnn
from tfcnn.inspection.ablation import Ablation
from tfcnn.inspection.pasting import Pasting, pasted
from tfcnn.report.drawing.png import DOTS_PER_INCH

NAMES = ["Ankle boot", "T-shirt/top", "a name that is far too long"]


@pytest.fixture
def ablation():
    """Of five filters and three classes; filter 4 costs most, 0 and 3 less, 2 helps when silent."""
    without = [[88, 90, 90], [90, 90, 90], [90, 91, 90], [90, 90, 89], [40, 90, 90]]
    return Ablation(
        layer="conv1",
        images_of_class=np.full(3, 100),
        right_before=np.full(3, 90),
        right_without=np.array(without),
        means=np.array([0.5, 0.0, -0.0001, 1.25, 2.0]),
        firing_shares=np.array([0.1, 0.0, 1.0, 0.25, 0.5]),
    )


def test_the_table_of_ablations_by_hand(ablation):
    table = tfcnn.report.ablation_table(ablation, NAMES)
    assert table.header == ("filter", "lost (points)", *NAMES, "mean activation", "fires in")
    assert table.rows == (
        ("4", "16.67", "50.0", "0.0", "0.0", "2.000", "50%"),
        ("0", "0.67", "2.0", "0.0", "0.0", "0.500", "10%"),
        ("3", "0.33", "0.0", "0.0", "1.0", "1.250", "25%"),
        ("1", "0.00", "0.0", "0.0", "0.0", "0.000", "0%"),
        ("2", "-0.33", "0.0", "-1.0", "0.0", "0.000", "100%"),
    )


def test_ablations_are_drawn_in_the_order_of_the_table(tmp_path, saved, ablation):
    tfcnn.report.draw_ablation(ablation, NAMES, tmp_path / "a.png")
    total, heat, _ = saved[0].figure.axes
    order = [int(label.get_text()) for label in heat.get_xticklabels()]
    assert order == [4, 0, 3, 1, 2]
    lost = (270 - ablation.right_without.sum(axis=1)) / 3
    assert [bar.get_height() for bar in total.patches] == pytest.approx(lost[order])
    image = heat.images[0]
    np.testing.assert_allclose(image.get_array(), (90 - ablation.right_without[order]).T)
    assert image.get_clim() == (-50, 50)
    assert [label.get_text() for label in heat.get_yticklabels()][1:] == [
        "T-shirt/top",
        "a name that is fa…",
    ]
    assert "conv1" in saved[0].description


def test_a_picture_of_five_thousand_filters_has_no_more_pixels_than_can_be(tmp_path, saved):
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
    tfcnn.report.draw_ablation(found, [str(n) for n in range(classes)], tmp_path / "a.png")
    figure = saved[0].figure
    assert DOTS_PER_INCH * figure.get_size_inches().max() < 2**16
    assert len(figure.axes[1].get_xticks()) < 500


@pytest.fixture
def pasting():
    """Six images of three classes, and what is said of each before, after and with the control."""
    before = 3.0 * np.eye(3)[[0, 1, 2, 0, 1, 2]]
    after, control = before.copy(), before.copy()
    after[:, 1] += 4.0
    control[:, 2] -= 0.001
    return Pasting(np.array([0, 1, 2, 0, 1, 2]), before, after, control)


def test_the_table_of_moves_by_hand(pasting):
    assert tfcnn.report.moves_table(pasting, NAMES).rows == (
        (NAMES[0], "+0.00", "+0.00"),
        (NAMES[1], "+4.00", "+0.00"),
        (NAMES[2], "+0.00", "+0.00"),
    )


def test_pasting_shows_an_image_of_each_class_and_how_its_logits_move(tmp_path, saved, pasting):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (6, 8, 8, 1)).astype(np.uint8)
    labels = np.array([2, 0, 1, 0, 1, 2], np.int32)
    part = tfcnn.data.Split(images, labels)
    data = tfcnn.data.Dataset("made up", 3, tuple(NAMES), part, part, {})
    pattern = generator.random((8, 8, 1), np.float32)
    tfcnn.report.draw_pasting(pasting, pattern, 0.5, data, tmp_path / "p.png", "conv1, filter 4")
    [picture] = saved
    above, below = picture.figure.subfigs
    shown = [np.asarray(axes.images[0].get_array()) for axes in above.axes]
    firsts = [1, 2, 0]  # The first image of each class.
    expected = pasted(images[firsts], pattern, 0.5)[..., 0] / 255
    np.testing.assert_allclose(shown, [pattern[..., 0], *expected], atol=1e-6)
    titles = [axes.get_title() for axes in above.axes]
    said = [NAMES[number] for number in pasting.before[firsts].argmax(axis=1)]
    assert titles[1:] == [
        f"said {name[:8] + '…' if len(name) > 9 else name}\nnow T-shirt/…" for name in said
    ]
    moves, control, _ = below.axes
    np.testing.assert_allclose(moves.images[0].get_array(), pasting.moves())
    np.testing.assert_allclose(control.images[0].get_array(), pasting.control_moves())
    assert moves.images[0].get_clim() == control.images[0].get_clim() == (-4, 4)
    assert moves.get_title() == "with the pattern: 33.33% right"
    assert moves.get_yticklabels()[0].get_text() == "Ankle boot"
    assert picture.figure.get_suptitle() == "conv1, filter 4; without it 100.00% right"


def test_a_class_without_images_has_dashes_and_a_grey_row(tmp_path, saved, ablation):
    of_two = dataclasses.replace(
        ablation,
        images_of_class=np.array([100, 0, 100]),
        right_before=np.array([90, 0, 90]),
        right_without=ablation.right_without * [1, 0, 1],
    )
    assert tfcnn.report.ablation_table(of_two, NAMES).rows[0][:5] == (
        "4",
        "25.00",
        "50.0",
        "-",
        "0.0",
    )
    tfcnn.report.draw_ablation(of_two, NAMES, tmp_path / "a.png")
    heat = saved[0].figure.axes[1]
    dashes = [(text.get_position(), text.get_text()) for text in heat.texts]
    assert dashes == [((2.0, 1), "-")]
    grey = heat.images[0].get_cmap()(np.ma.masked_invalid([np.nan]))[0]
    assert grey.tolist() == [0.85, 0.85, 0.85, 1]

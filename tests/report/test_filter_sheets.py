"""Pictures of patterns: every tile is where its filter, time or restart belongs."""

from __future__ import annotations

import copy
import dataclasses

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

import tfcnn
import tfcnn.report.drawing.sheet
from tfcnn.ascent import Birth, Recipe
from tfcnn.ascent.patterns import judge
from tfcnn.errors import InputError
from tfcnn.report import restarts
from tfcnn.report.evidence_sheet import draw_evidence

NAMES = ["Ankle boot", "T-shirt/top", "a name that is far too long", "9"]


def read(path):
    pixels = matplotlib.image.imread(path)[..., :3]
    edges = [pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]]
    assert all((edge == 1).all() for edge in edges), "something reaches the picture's edge"
    return pixels


def middle(pixels, grey):
    """The middle of the tile with this grey level: (row, column)."""
    rows, columns = np.nonzero(np.abs(pixels - grey).max(axis=2) < 0.6 / 255)
    assert len(rows) > 500, f"no tile of grey {grey}"
    return np.median(rows), np.median(columns)


@pytest.fixture
def words(monkeypatch):
    """Filled with every text that is put on a sheet, which is drawn all the same."""
    found = []
    text = tfcnn.report.drawing.sheet.Sheet.text
    monkeypatch.setattr(
        tfcnn.report.drawing.sheet.Sheet,
        "text",
        lambda sheet, *args, **named: found.append(args[0]) or text(sheet, *args, **named),
    )
    return found


@pytest.fixture(scope="module")
def climbed():
    """A network of three filters with real images, and its patterns with evidence."""
    network = tfcnn.model.Network(tfcnn.model.parse("conv(3,3)"), (10, 10, 1), seed=1)
    images = np.random.default_rng(0).integers(0, 256, (30, 10, 10, 1), np.uint8)
    labels = np.arange(30, dtype=np.int32) % 4
    evidence = tfcnn.ascent.gather_evidence(network, "conv1", images, labels, progress=False)
    patterns = tfcnn.ascent.maximize(
        network,
        "conv1",
        recipe=tfcnn.ascent.Recipe(steps=3),
        restarts=3,
        candidates=8,
        evidence=evidence,
        progress=False,
    )
    return network, images, patterns


@pytest.fixture
def layer(climbed):
    """The same, free to be changed."""
    network, images, patterns = climbed
    return network, images, copy.deepcopy(patterns)


def test_birth_has_a_line_for_each_filter_and_a_column_for_each_time(tmp_path):
    greys = np.array([[40, 60], [80, 100], [120, 140]]) / np.float32(255)
    images = np.broadcast_to(greys[:, :, None, None, None], (3, 2, 28, 28, 1)).copy()
    birth = Birth("conv3", (5, 9), images, np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]))
    strip, animation = tmp_path / "birth.png", tmp_path / "birth.gif"
    tfcnn.report.draw_birth(birth, ["step 0", "step 10", "step 20"], strip, animation)
    pixels = read(strip)
    places = np.array([[middle(pixels, grey) for grey in row] for row in greys])
    assert (np.diff(places[:, :, 1], axis=0) > 50).all(), "time runs to the right"
    assert (np.diff(places[:, :, 0], axis=1) > 50).all(), "filters run down"
    with Image.open(animation) as film:
        assert film.n_frames == 3
        for number, row in enumerate(greys):
            film.seek(number)
            frame = np.asarray(film.convert("L"), int)
            for grey in row:
                assert (np.abs(frame - grey * 255) < 3).sum() > 500


def test_birth_calls_units_of_classes_by_their_names(tmp_path, words):
    birth = Birth("dense2", (3, 1), np.zeros((1, 2, 28, 28, 1), np.float32), np.zeros((1, 2)))
    paths = tmp_path / "birth.png", tmp_path / "birth.gif"
    for names, called in ((NAMES, ["9", "T-shirt/top"]), (None, ["filter 3", "filter 1"])):
        tfcnn.report.draw_birth(birth, ["step 0"], *paths, names)
        read(paths[0])
        assert [word for word in words if word in (*NAMES, "filter 3", "filter 1")] == called
        words.clear()


def test_only_units_of_the_last_layer_are_called_by_their_class():
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(4,3) flatten dense(4) dense(4,act=linear)"), (8, 8, 1)
    )
    found = [
        tfcnn.report.filter_words(network, layer, 1, NAMES)
        for layer in ("conv1", "dense1", "dense2")
    ]
    assert found == ["filter 1", "filter 1", "T-shirt/top"]


def test_evidence_sheets_hold_every_filter_once(tmp_path, monkeypatch, layer):
    network, images, patterns = layer
    monkeypatch.setattr("tfcnn.report.evidence_sheet.FILTERS_A_SHEET", 2)
    for name in ("evidence_3.png", "evidence_centre.png"):  # Of a call with more filters.
        (tmp_path / name).write_bytes(b"")
    paths = tfcnn.report.draw_evidence_sheets(
        network, patterns, images, NAMES, tmp_path / "evidence.png"
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        *(path.name for path in paths),
        "evidence_centre.png",
    }
    assert [path.name for path in paths] == ["evidence.png", "evidence_2.png"]
    two, one = (read(path) for path in paths)
    assert two.shape[0] > 1.3 * one.shape[0] and two.shape[1] == one.shape[1]


def test_evidence_sheets_need_evidence(tmp_path, layer):
    network, images, patterns = layer
    bare = tfcnn.ascent.patterns.judge(patterns.layer, [0, 1, 2], "mean", patterns.climbs, None)
    with pytest.raises(InputError, match="patterns: expected evidence"):
        tfcnn.report.draw_evidence_sheets(network, bare, images, NAMES, tmp_path / "evidence.png")
    assert not list(tmp_path.iterdir())


def test_restarts_shows_the_best_of_each_group(tmp_path, monkeypatch, layer):
    patterns = layer[2]
    climbs = patterns.climbs
    climbs.images[0] = climbs.images[0, :1]  # Three times the same image: one pattern.
    generator = np.random.default_rng(3)
    climbs.images[1] = generator.random(
        climbs.images[1].shape
    )  # Three that have nothing in common.
    climbs.scores[1] = [1.0, 3.0, 2.0]
    shown = {}
    monkeypatch.setattr(
        restarts,
        "draw_image_grid",
        lambda images, captions, path, title: shown.update(images=images, captions=captions),
    )
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png")
    first, *second = (c for c in shown["captions"] if c.startswith(("0:", "1:")))
    assert first.endswith("3 of 3")
    assert second == ["1: 3.00\n1 of 3", "1: 2.00\n1 of 3", "1: 1.00\n1 of 3"]
    np.testing.assert_array_equal(shown["images"][1], climbs.images[1, 1])


def test_the_grid_says_where_real_images_only_suppress(tmp_path, monkeypatch, layer):
    patterns = layer[2]
    shown = {}
    monkeypatch.setattr(
        "tfcnn.report.filter_grid.draw_image_grid",
        lambda images, captions, path, title: shown.update(captions=captions, title=title),
    )
    patterns.evidence.scores[:, 2] = -0.25
    patterns.evidence.scores[:, 0] = 0.5
    patterns.scores[:2] = [1.6, -0.3]
    patterns.evidence.scores[:, 1] = 1.0
    tfcnn.report.draw_filter_grid(patterns, tmp_path / "grid.png")
    assert shown["captions"][2].endswith("real -0.25")
    assert shown["captions"][1].endswith("real 1.00")  # x-0.3 would say nothing.
    assert shown["captions"][0].endswith("x3.2")
    assert "real: that one's, where a score is not above 0" in shown["title"]
    ratios = [row["ratio"] for row in tfcnn.ascent.table.rows(patterns)]
    assert ratios == [pytest.approx(3.2), None, None]


@pytest.fixture
def fallen_back(layer):
    """By the robust score, but for the last filter, which only a plain climb fired."""
    network, images, patterns = layer
    climbs = dataclasses.replace(
        patterns.climbs,
        recipe=Recipe(shifts=True),
        images=np.random.default_rng(3).random(patterns.climbs.images.shape, np.float32),
        scores=np.float32([[3, 1, 2]] * 3),
        robust_scores=np.float32([[1, 3, 2]] * 3),
        by_gradient_alone=np.array([False, False, True]),
    )
    return network, images, judge("conv1", [0, 1, 2], "mean", climbs, patterns.evidence)


def test_restarts_begin_with_the_pattern_of_the_grid(tmp_path, monkeypatch, fallen_back):
    patterns, shown = fallen_back[2], {}
    monkeypatch.setattr(
        restarts,
        "draw_image_grid",
        lambda images, captions, path, title: shown.update(images=images, captions=captions),
    )
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png")
    np.testing.assert_array_equal(shown["images"][::3], patterns.visible(patterns.images))
    assert [caption.splitlines()[0] for caption in shown["captions"]] == [
        *(f"{number}: robust {score}.00" for number in (0, 1) for score in (3, 2, 1)),
        *(f"2: plain {score}.00" for score in (3, 2, 1)),
    ]


def test_pictures_mark_what_only_the_plain_recipe_drew(tmp_path, words, fallen_back, layer):
    path = tmp_path / "picture.png"
    for network, images, patterns in (fallen_back, layer):
        for draw, arguments in (
            (tfcnn.report.draw_filter_grid, (patterns, path)),
            (draw_evidence, (network, patterns, [0, 2], images, NAMES, path)),
        ):
            words.clear()
            draw(*arguments)
            read(path)
            marked = [word for word in words if ", plain\n" in word]
            explained = "plain: by the gradient alone" in " ".join(" ".join(words).split())
            if patterns is fallen_back[2]:
                assert [word.split(":")[0] for word in marked] in (["2"], ["filter 2"])
                assert explained
            else:
                assert not marked and not explained


def test_units_of_classes_are_called_by_their_names(tmp_path, monkeypatch, layer):
    patterns = layer[2]
    captions = {}
    for name in ("filter_grid", "restarts"):
        monkeypatch.setattr(
            f"tfcnn.report.{name}.draw_image_grid",
            lambda images, captions_, path, title, name=name: captions.update({name: captions_}),
        )
    tfcnn.report.draw_filter_grid(patterns, tmp_path / "grid.png", NAMES[:3])
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png", NAMES[:3])
    assert captions["filter_grid"][0].startswith("Ankle boot: ")
    assert captions["restarts"][-1].startswith(f"{NAMES[2]}: ")
    rows = tfcnn.ascent.table.rows(patterns, NAMES)
    assert [(row["filter"], row["class"]) for row in rows] == list(enumerate(NAMES[:3]))
    assert NAMES[1] in tfcnn.ascent.table.text(patterns, NAMES)

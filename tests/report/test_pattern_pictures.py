"""Pictures of patterns: every tile is where its filter, time or restart belongs."""

from __future__ import annotations

import copy
import dataclasses

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

import tfcnn
from tfcnn.ascent import Birth, Recipe
from tfcnn.ascent.patterns import judge
from tfcnn.errors import InputError
from tfcnn.inspection.patches import top_patches
from tfcnn.report import evidence_sheet

FILTERS = [4, 0, 3]
NAMES = ["Ankle boot", "T-shirt/top", "a name that is far too long", "9"]


def read(path):
    pixels = matplotlib.image.imread(path)[..., :3]
    edges = [pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]]
    assert all((edge == 1).all() for edge in edges), "something reaches the picture's edge"
    return pixels


@pytest.fixture(scope="module")
def climbed():
    """A network of five filters with real images, and the patterns of three with evidence."""
    network = tfcnn.model.Network(tfcnn.model.parse("conv(5,3)"), (10, 10, 1), seed=1)
    images = np.random.default_rng(0).integers(0, 256, (30, 10, 10, 1), np.uint8)
    labels = np.arange(30, dtype=np.int32) % 4
    evidence = tfcnn.ascent.gather_evidence(network, "conv1", images, labels, progress=False)
    patterns = tfcnn.ascent.maximize(
        network,
        "conv1",
        FILTERS,
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


def test_birth_has_a_line_for_each_filter_and_a_column_for_each_time(tmp_path, saved):
    greys = np.array([[40, 60, 70], [80, 100, 110]])  # [times, filters]
    images = np.broadcast_to(greys[:, :, None, None, None] / np.float32(255), (2, 3, 28, 28, 1))
    scores = np.array([[0.1, -0.001, 0.3], [0.4, 0.5, 0.6]])
    birth = Birth("conv3", (4, 0, 3), images.copy(), scores)
    strip, animation = tmp_path / "birth.png", tmp_path / "birth.gif"
    tfcnn.report.draw_birth(birth, ["step 0", "step 10"], strip, animation)
    read(strip)
    assert len(saved[0].tiles) == 2 * 3
    for tile in saved[0].tiles:
        time = ["step 0", "step 10"].index(tile.column)
        row = [f"filter {number}" for number in birth.filters].index(tile.row)
        assert np.rint(255 * tile.pixels).min() == np.rint(255 * tile.pixels).max()
        assert round(255 * tile.pixels[0, 0]) == greys[time, row]
        assert tile.caption == f"{abs(scores[time, row]):.2f}"  # Not -0.00.
    with Image.open(animation) as film:
        assert film.n_frames == 2
        for number, row in enumerate(greys):
            film.seek(number)
            frame = np.asarray(film.convert("L"), int)
            places = []
            for grey in row:
                found = np.argwhere(np.abs(frame - grey) < 3)
                assert len(found) > 500
                places.append(np.median(found, axis=0))
            first, second, third = places  # In reading order: two side by side, one below.
            assert first == pytest.approx([second[0], third[1]], abs=1)
            assert second[1] - first[1] > 40 and third[0] - first[0] > 40


def test_a_long_birth_shows_a_hundred_times_and_says_so(tmp_path, saved):
    images = np.zeros((700, 1, 2, 2, 1), np.float32)
    birth = Birth("conv3", (4,), images, np.arange(700.0)[:, np.newaxis])
    times = [f"step {number}" for number in range(700)]
    tfcnn.report.draw_birth(birth, times, tmp_path / "b.png", tmp_path / "b.gif")
    assert "100 of 700 checkpoints" in saved[0].words[0].replace("\n", " ")
    found = [(tile.column, tile.caption) for tile in saved[0].tiles]
    assert len(found) == 100
    assert all(column == f"step {float(caption):.0f}" for column, caption in found)
    assert (found[0][0], found[-1][0]) == ("step 0", "step 699")


def test_birth_calls_units_of_classes_by_their_names(tmp_path, saved):
    birth = Birth("dense2", (3, 2), np.zeros((1, 2, 28, 28, 1), np.float32), np.zeros((1, 2)))
    paths = tmp_path / "birth.png", tmp_path / "birth.gif"
    tfcnn.report.draw_birth(birth, ["step 0"], *paths, NAMES)
    assert [tile.row for tile in saved[0].tiles] == ["9", "a name that is fa…"]


def test_a_line_of_evidence_is_all_of_one_filter(tmp_path, saved, layer):
    network, images, patterns = layer
    tfcnn.report.draw_evidence_sheets(network, patterns, images, NAMES, tmp_path / "e.png")
    evidence, [picture] = patterns.evidence, saved
    count = len(evidence.patch_values)
    assert len(picture.tiles) == len(FILTERS) * (1 + count)
    bars = picture.figure.axes[0].child_axes
    for row, number in enumerate(FILTERS):
        pattern, *patches = picture.tiles[row * (1 + count) :][: 1 + count]
        assert pattern.row.startswith(f"filter {number}: {patterns.verdicts[row]}\n")
        assert f"score {patterns.scores[row]:.2f}" in pattern.row
        assert f"best real {evidence.scores[:, number].max():.2f}" in pattern.row
        np.testing.assert_array_equal(pattern.pixels, patterns.images[row, ..., 0])
        expected = top_patches(network, evidence, images, number)[..., 0] / 255
        np.testing.assert_allclose([patch.pixels for patch in patches], expected, atol=1e-6)
        assert [patch.caption for patch in patches] == [
            f"{value:.2f}" for value in evidence.patch_values[:, number]
        ]
        heights = [bar.get_height() for bar in bars[row].patches]
        np.testing.assert_allclose(heights, evidence.class_means[:, number])
        labels = [label.get_text() for label in bars[row].get_xticklabels()]
        assert labels == [*NAMES[:2], "a name that is fa…", "9"]


def test_evidence_sheets_hold_every_filter_once(tmp_path, monkeypatch, layer):
    network, images, patterns = layer
    monkeypatch.setattr(evidence_sheet, "FILTERS_A_SHEET", 2)
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
    bare = judge(patterns.layer, FILTERS, "mean", patterns.climbs, None)
    with pytest.raises(InputError, match="patterns: expected evidence"):
        tfcnn.report.draw_evidence_sheets(network, bare, images, NAMES, tmp_path / "evidence.png")
    assert not list(tmp_path.iterdir())


def test_the_grid_has_each_filters_pattern_above_its_figures(tmp_path, saved, layer):
    patterns = layer[2]
    tfcnn.report.draw_filter_grid(patterns, tmp_path / "grid.png")
    tiles = saved[0].tiles
    assert [tile.caption.split(":")[0] for tile in tiles] == ["4", "0", "3"]
    for row, tile in enumerate(tiles):
        np.testing.assert_array_equal(tile.pixels, patterns.images[row, ..., 0])
        first, second, third = tile.caption.split("\n")
        assert first == f"{FILTERS[row]}: {patterns.verdicts[row]}"
        assert second == f"{patterns.scores[row]:.2f} | robust {patterns.robust_scores[row]:.2f}"
        assert third.startswith(f"fine {patterns.high_frequency_shares[row]:.0%} | ")
    assert patterns.headline() in saved[0].words[0].replace("\n", " ")
    assert "conv1" in saved[0].description


def test_restarts_shows_the_best_of_each_group(tmp_path, saved, layer):
    patterns = layer[2]
    climbs = patterns.climbs
    climbs.images[0] = climbs.images[0, :1]  # Three times the same image: one pattern.
    generator = np.random.default_rng(3)
    climbs.images[1] = generator.random(
        climbs.images[1].shape
    )  # Three that have nothing in common.
    climbs.scores[1] = [1.0, 3.0, -0.001]
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png")
    first, *others = (tile for tile in saved[0].tiles if tile.caption[:2] in ("4:", "0:"))
    assert first.caption.startswith("4:") and first.caption.endswith("3 of 3")
    assert [tile.caption for tile in others] == [
        "0: 3.00\n1 of 3",
        "0: 1.00\n1 of 3",
        "0: 0.00\n1 of 3",
    ]
    for tile, restart in zip(others, (1, 0, 2), strict=True):
        np.testing.assert_array_equal(tile.pixels, climbs.images[1, restart, ..., 0])


def test_the_grid_gives_a_multiple_of_the_real_score_only_where_that_says_something(
    tmp_path, saved, layer
):
    patterns = layer[2]
    for scores, real, endings in (
        ([1.6, -0.3, 2.0], [0.5, 1.0, -0.25], ["x3.2", "real 1.00", "real -0.25"]),
        ([5.0, 5.6, 1.0], [0.5, 0.02, -0.001], ["x10.0", "real 0.02", "real 0.00"]),
    ):
        patterns.scores[:] = scores
        patterns.evidence.scores[:, FILTERS] = real
        changed = dataclasses.replace(patterns)  # What it remembers is worked out again.
        tfcnn.report.draw_filter_grid(changed, tmp_path / "grid.png")
        picture = saved.pop()
        assert [tile.caption.split(" | ")[-1] for tile in picture.tiles] == endings
        legend = " ".join(picture.words[1].split())
        assert "real: that one's, where a score is not above 0 or that is over x10" in legend
    ratios = [row["ratio"] for row in tfcnn.report.pattern_rows(changed)]
    assert ratios == [pytest.approx(10), pytest.approx(280), None]  # The files have all of them.
    patterns.evidence.scores[:, FILTERS] = 1.0
    patterns.scores[:] = 2.0
    tfcnn.report.draw_filter_grid(dataclasses.replace(patterns), tmp_path / "grid.png")
    assert "real:" not in saved[0].words[1]


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
    return network, images, judge("conv1", FILTERS, "mean", climbs, patterns.evidence)


def test_restarts_begin_with_the_pattern_of_the_grid(tmp_path, saved, fallen_back):
    patterns = fallen_back[2]
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png")
    tiles = saved[0].tiles
    for tile, image in zip(tiles[::3], patterns.visible(patterns.images), strict=True):
        np.testing.assert_array_equal(tile.pixels, image[..., 0])
    assert [tile.caption.splitlines()[0] for tile in tiles] == [
        *(f"{number}: robust {score}.00" for number in (4, 0) for score in (3, 2, 1)),
        *(f"3: plain {score}.00" for score in (3, 2, 1)),
    ]


def test_pictures_mark_what_only_the_plain_recipe_drew(tmp_path, saved, fallen_back, layer):
    path = tmp_path / "picture.png"
    for network, images, patterns in (fallen_back, layer):
        for draw, arguments in (
            (tfcnn.report.draw_filter_grid, (patterns, path)),
            (tfcnn.report.draw_evidence_sheets, (network, patterns, images, NAMES, path)),
        ):
            draw(*arguments)
            read(path)
            words = saved.pop().words
            marked = [word for word in words if ", plain\n" in word]
            explained = "plain: by the gradient alone" in " ".join(" ".join(words).split())
            if patterns is fallen_back[2]:
                assert [word.split(":")[0] for word in marked] in (["3"], ["filter 3"])
                assert explained
            else:
                assert not marked and not explained


def test_units_of_classes_are_called_by_their_names(tmp_path, saved, layer):
    patterns = layer[2]
    names = [*NAMES, "the fifth"]
    tfcnn.report.draw_filter_grid(patterns, tmp_path / "grid.png", names)
    tfcnn.report.draw_restarts(patterns, tmp_path / "restarts.png", names)
    grid, restarts = saved
    assert [tile.caption.split(":")[0] for tile in grid.tiles] == ["the fifth", NAMES[0], "9"]
    assert restarts.tiles[-1].caption.startswith("9: ")
    rows = tfcnn.report.pattern_rows(patterns, names)
    assert [(row["filter"], row["class"]) for row in rows] == [(n, names[n]) for n in FILTERS]
    assert NAMES[0] in tfcnn.report.pattern_table(patterns, names).to_text()

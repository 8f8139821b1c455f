from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tfcnn.ascent import climbs, objectives
from tfcnn.ascent.climbs import climb_objectives, score_images
from tfcnn.ascent.patterns import judge
from tfcnn.ascent.recipe import Recipe
from tfcnn.errors import InputError

SHORT = Recipe(steps=6, first_step=1.0, last_step=0.5)


@pytest.fixture(scope="module")
def network(random_network):
    return random_network("conv(4,3) max(2) conv(3,3) flatten dense(5,act=linear)", (10, 12, 1), 4)


def climb(network, channels=(0, 1, 2), **arguments):
    goals = [objectives.filter_map("conv2/linear", channel) for channel in channels]
    arguments = {"recipe": SHORT, "candidates": 70, "progress": False} | arguments
    return climb_objectives(network, goals, **arguments)


@pytest.fixture(scope="module")
def found(network):
    return climb(network, restarts=3)


def test_starts_are_the_best_candidates_of_each_filter(network, found):
    fields = climbs.random_fields(70, (10, 12, 1), 0)
    values = network.activations(fields)["conv2/linear"].numpy().mean((1, 2))
    for channel in range(3):
        best = sorted(range(70), key=lambda i: -values[i, channel])[:3]
        np.testing.assert_array_equal(found.starts[channel], fields[best])
    assert found.candidates == 70


def test_climbs_rise_and_their_figures_are_those_of_the_images(network, found):
    for channel in range(3):
        maps, starts = (
            network.activations(images[channel])["conv2/linear"].numpy()[..., channel]
            for images in (found.images, found.starts)
        )
        np.testing.assert_allclose(found.scores[channel], maps.mean((1, 2)), rtol=1e-4, atol=1e-6)
        peaks = np.maximum(maps.max((1, 2)), starts.max((1, 2)))
        np.testing.assert_allclose(found.peaks[channel], peaks, rtol=1e-4, atol=1e-6)
        assert (maps.mean((1, 2)) > starts.mean((1, 2))).all()
    assert found.images.min() >= 0 and found.images.max() <= 1


def test_a_peak_is_the_map_s_whatever_position_is_climbed(network):
    for by in ("centre", (0, 1)):
        goals = [objectives.filter_map("conv2/linear", channel, by) for channel in range(3)]
        starts = climbs.random_fields(3, (10, 12, 1), 1)[:, None]
        found = climb_objectives(network, goals, recipe=SHORT, starts=starts, progress=False)
        for channel in range(3):
            ends = np.concatenate([found.images[channel], found.starts[channel]])
            peak = network.activations(ends)["conv2/linear"].numpy()[..., channel].max()
            np.testing.assert_allclose(found.peaks[channel], [peak], rtol=1e-4, atol=1e-6)


def test_same_seed_same_bytes_other_seed_other_images(network, found):
    again, other = climb(network, restarts=3), climb(network, restarts=3, seed=1)
    assert again.images.tobytes() == found.images.tobytes()
    assert again.scores.tobytes() == found.scores.tobytes()
    assert not np.isclose(other.images, found.images).all(axis=(2, 3, 4)).any()


def test_filter_alone_and_in_a_batch_gives_the_same_bytes(network, found):
    for channel in range(3):
        alone = climb(network, [channel], restarts=3)
        assert alone.images.tobytes() == found.images[channel : channel + 1].tobytes()
        assert alone.robust_scores.tobytes() == found.robust_scores[channel].tobytes()


def test_second_call_compiles_nothing(network, found):
    terms = objectives.filter_map("conv2/linear", 0).terms
    climber = climbs._climber(network, terms, SHORT, None)
    climb(network, [2, 0], restarts=2, seed=7)
    assert climbs._climber(network, terms, SHORT, None) is climber
    assert climber._climb_chunk.experimental_get_tracing_count() == 1


def test_best_restart_is_by_what_is_climbed(found):
    assert found.best.tolist() == found.scores.argmax(1).tolist()
    robust = dataclasses.replace(
        found,
        recipe=Recipe(shifts=True),
        robust_scores=np.float32([[1, 3, 2], [3, 2, 1], [1, 2, 3]]),
    )
    assert robust.best.tolist() == [1, 0, 2]
    mixed = dataclasses.replace(robust, by_gradient_alone=np.array([False, False, True]))
    assert mixed.best.tolist() == [1, 0, found.scores[2].argmax()]


def test_plain_climbs_are_taken_over_where_they_fire(found):
    silent = dataclasses.replace(found, scores=found.scores - 100)
    plain = dataclasses.replace(
        found, images=1 - found.images, scores=np.float32([[-1, 2, -3], [-1, -1, 0], [1, 1, 1]])
    )
    both = silent.with_plain(
        np.array([2, 0]),
        dataclasses.replace(
            plain,
            **{
                name: getattr(plain, name)[:2]
                for name in ("images", "scores", "robust_scores", "peaks")
            },
        ),
    )
    assert both.by_gradient_alone.tolist() == [False, False, True]
    np.testing.assert_array_equal(both.scores[2], [-1, 2, -3])
    np.testing.assert_array_equal(both.scores[:2], silent.scores[:2])
    np.testing.assert_array_equal(both.images[2], 1 - found.images[0])
    np.testing.assert_array_equal(both.images[:2], found.images[:2])
    np.testing.assert_array_equal(silent.scores, found.scores - 100)


def test_a_plain_climb_that_fires_somewhere_counts_though_its_mean_does_not(found):
    def planted(rows, score, peak):
        shape = (rows, 1)
        return dataclasses.replace(
            found,
            images=found.images[:rows, :1],
            scores=np.full(shape, score, np.float32),
            robust_scores=np.full(shape, -1, np.float32),
            peaks=np.full(shape, peak, np.float32),
            by_gradient_alone=np.zeros(rows, bool),
        )

    merged = planted(3, -0.6, -0.5).with_plain(np.array([2, 0]), planted(2, -0.2, 3.0))
    assert merged.peaks.tolist() == [[3.0], [-0.5], [3.0]]
    assert not merged.by_gradient_alone.any()
    assert (merged.scores == np.float32(-0.6)).all()
    assert judge("conv2", [0, 1, 2], "mean", merged, None).verdicts == ("fires", "silent", "fires")


def test_a_robust_climb_that_fired_somewhere_still_counts(found):
    robust = dataclasses.replace(found, scores=found.scores - 100, peaks=found.peaks + 100)
    merged = robust.with_plain(np.arange(3), dataclasses.replace(found, scores=found.scores + 100))
    assert merged.by_gradient_alone.all()
    np.testing.assert_array_equal(merged.peaks, robust.peaks)


def test_unseen_pixels_of_a_scanned_start_are_black(network):
    goals = [objectives.filter_map("conv1/linear", 0, (2, 4))]
    result = climb_objectives(network, goals, recipe=SHORT, candidates=8, progress=False)
    inside = np.zeros((10, 12, 1), bool)
    inside[2:5, 4:7] = True
    assert (result.images[0, 0][~inside] == 0).all()
    assert (result.images[0, 0][inside] > 0).any()


def test_own_starts_are_climbed_from(network):
    starts = np.random.default_rng(0).random((2, 1, 10, 12, 1), np.float32)
    goals = [objectives.filter_map("conv1/linear", channel, "centre") for channel in (0, 1)]
    result = climb_objectives(network, goals, recipe=SHORT, starts=starts, progress=False)
    assert result.candidates == 0
    # The centre of 8x10 is (3, 4); a 3x3 kernel sees rows 3 to 5 and columns 4 to 6.
    outside = np.ones((10, 12), bool)
    outside[3:6, 4:7] = False
    np.testing.assert_array_equal(result.images[:, :, outside], starts[:, :, outside])
    kernel = network.weights["conv1/kernel"].numpy()
    for channel in (0, 1):
        patch = result.images[channel, 0, 3:6, 4:7, 0]
        before = starts[channel, 0, 3:6, 4:7, 0]
        np.testing.assert_array_equal(patch, kernel[:, :, 0, channel] > 0)
        assert not np.array_equal(patch, before)


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        (np.zeros((3, 1, 9, 12, 1), np.float32), "starts: expected float32"),
        (np.zeros((3, 1, 10, 12, 1)), "starts: expected float32 .* found float64"),
        (np.full((3, 1, 10, 12, 1), 1.5, np.float32), r"starts: expected values in \[0, 1\]"),
        (np.full((3, 1, 10, 12, 1), np.nan, np.float32), r"starts: expected values in \[0, 1\]"),
    ],
)
def test_wrong_starts_are_told(network, starts, message):
    with pytest.raises(InputError, match=message):
        climb(network, starts=starts)


@pytest.mark.parametrize("restarts", [0, 71])
def test_wrong_number_of_restarts_is_told(network, restarts):
    with pytest.raises(InputError, match=f"restarts: .*70 candidates, found {restarts}"):
        climb(network, restarts=restarts)


def test_images_of_any_origin_are_scored(network):
    images = np.random.default_rng(0).random((70, 10, 12, 1), np.float32)
    figures = score_images(network, objectives.filter_map("dense1", 2), images)
    expected = network(images).numpy()[:, 2]
    np.testing.assert_allclose(figures.score, expected, rtol=1e-4, atol=1e-6)

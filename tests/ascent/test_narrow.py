"""Climbs in a layer of more filters than a chunk has images."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent import climbs, objectives
from tfcnn.ascent.climb import Climber
from tfcnn.ascent.climbs import climb_objectives
from tfcnn.ascent.evaluation import CHUNK, directions_of
from tfcnn.ascent.narrow import narrow_layer
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.regions import region
from tfcnn.model.reading import shapes_of

SHORT = Recipe(steps=6, shifts=True, objective_blur=0.5, first_step=1.0, last_step=0.5)
TEXT = (
    "conv(3,3) max(2) conv(150,3,act=linear) batchnorm(act=relu) max(2) flatten dense(70,act=tanh)"
)


@pytest.fixture(scope="module")
def network(random_network):
    return random_network(TEXT, (16, 16, 1), 7)


@pytest.mark.parametrize(
    ("path", "reduction"),
    [("conv2", "mean"), ("batchnorm1/linear", "max"), ("pool2", (0, 1)), ("dense1/linear", "mean")],
)
def test_what_is_found_is_that_of_the_whole_layer(network, path, reduction):
    channels = [3, 69, 0, 41]
    goals = [objectives.filter_map(path, channel, reduction) for channel in channels]
    assert narrow_layer(network, goals) == path.partition("/")[0]
    found = climb_objectives(
        network, goals, recipe=SHORT, restarts=2, candidates=70, progress=False
    )
    # The same climb with all channels.
    terms = goals[0].terms
    whole = Climber(network, terms, SHORT, region(network, terms))
    directions = [np.repeat(w, 2, axis=0) for w in directions_of(goals, shapes_of(network))]
    starts = found.starts.reshape(-1, 16, 16, 1)
    images = whole.climb(starts, directions, progress=False)
    np.testing.assert_allclose(found.images.reshape(images.shape), images, atol=2e-3)
    figures = whole.score(images, directions)
    np.testing.assert_allclose(found.scores.ravel(), figures.score, rtol=1e-3, atol=1e-4)
    fields = climbs.random_fields(70, (16, 16, 1), 0) * whole.region[None, :, :, None]
    values = network.activations(fields)[path].numpy()[..., channels]
    if values.ndim == 4:
        pools = {"mean": lambda maps: maps.mean((1, 2)), "max": lambda maps: maps.max((1, 2))}
        values = pools.get(reduction, lambda maps: maps[:, 0, 1])(values)
    np.testing.assert_allclose(
        np.sort(values, axis=0)[::-1][:2].T, whole_scores(whole, starts, directions), rtol=1e-4
    )


def whole_scores(climber, starts, directions):
    return climber.score(starts, directions).score.reshape(-1, 2)


def test_alone_and_among_all_a_filter_gives_the_same_bytes_and_compiles_once(network):
    goals = [objectives.filter_map("conv2", channel) for channel in range(150)]
    arguments = {"recipe": SHORT, "candidates": 20, "progress": False}
    together = climb_objectives(network, goals, **arguments)
    for channel in (0, CHUNK, 149):
        alone = climb_objectives(network, goals[channel : channel + 1], **arguments)
        assert alone.images.tobytes() == together.images[channel].tobytes()
        assert alone.scores.tobytes() == together.scores[channel].tobytes()
    climber = climbs._climber(network, goals[0].terms, SHORT, "conv2")
    for compiled in (climber._climb_chunk, climber._score_chunk, climber._scan_chunk):
        assert compiled.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "goal",
    [
        objectives.filter_map("conv1", 0),  # Not wide.
        objectives.filter_map("flatten", 0),  # Its channels are no kernel's.
        objectives.layer("conv2"),
        objectives.direction("conv2", range(150)),
        objectives.filter_map("conv2", 0) - objectives.filter_map("conv2", 1),
        objectives.total_variation(),
    ],
    ids=["narrow", "flatten", "layer", "direction", "difference", "image"],
)
def test_all_else_reads_the_whole_layer(network, goal):
    assert narrow_layer(network, [goal]) is None

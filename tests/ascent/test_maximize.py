"""Planted truth: networks whose best images, and whose hopeless filters, are known."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.ascent import gather_evidence, maximize
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.starts import random_fields
from tfcnn.errors import InputError
from tfcnn.model import Network, parse

SIZE = 14


def bar():
    image = np.zeros((SIZE, SIZE))
    image[2:12, 6:8] = 1
    return image


def corner():
    image = np.zeros((SIZE, SIZE))
    image[2:12, 2:4] = 1
    image[10:12, 2:12] = 1
    return image


def ring():
    image = np.zeros((SIZE, SIZE))
    image[2:12, 2:12] = 1
    image[4:10, 4:10] = 0
    return image


SHAPES = {"bar": bar(), "corner": corner(), "ring": ring()}


@pytest.fixture(scope="module")
def shapes_network(build):
    """conv1 knows ink from blank, each closed in half of all cases; conv2 has a filter a shape."""
    kernel = np.zeros((7, 7, 2, 3))
    for number, shape in enumerate(SHAPES.values()):
        sign = 2 * shape[::2, ::2] - 1  # [7, 7]; the shapes are drawn in squares of four pixels.
        kernel[..., number] = np.stack([sign, -sign], axis=-1)
    return build(
        "conv(2,1) average(2) conv(3,7)",
        (SIZE, SIZE, 1),
        conv1_kernel=[2, -2],
        conv1_bias=[-1, 1],
        conv2_kernel=kernel,
    )


def best_correlation(image, shape):
    return max(
        np.corrcoef(np.roll(image, (down, across), (0, 1)).ravel(), shape.ravel())[0, 1]
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
    )


@pytest.fixture(scope="module")
def recovered(shapes_network):
    return {
        recipe: maximize(shapes_network, "conv2", recipe=recipe, progress=False)
        for recipe in ("plain", "robust")
    }


@pytest.mark.parametrize("name", SHAPES)
def test_planted_shape_is_recovered(shapes_network, recovered, name):
    number = list(SHAPES).index(name)
    planted = np.float32(SHAPES[name])[None, ..., None]
    value = shapes_network.activations(planted)["conv2/linear"].numpy()[0, 0, 0, number]
    assert value == 49  # Every one of the 7x7 squares as it should be.
    assert recovered["plain"].scores[number] == pytest.approx(value, rel=1e-4)
    for recipe, least in (("plain", 0.999), ("robust", 0.85)):
        image = recovered[recipe].images[number, ..., 0]
        assert best_correlation(image, SHAPES[name]) > least
        for other, shape in SHAPES.items():
            assert other == name or best_correlation(image, shape) < 0.75


def test_stroke_is_recovered_through_max_pooling(build):
    # Strokes down one column of pools, ink nowhere else: best is a line one pixel wide, in
    # either column of the pool.
    stroke, ink = np.tile([-0.5, 1, -0.5], (3, 1)), np.zeros((3, 3))
    ink[1, 1] = 1
    kernel = np.full((6, 6, 2), -0.5)
    kernel[:, 2] = [1, 0]
    network = build(
        "conv(2,3) max(2) conv(1,6)",
        (SIZE, SIZE, 1),
        conv1_kernel=np.stack([stroke, ink], axis=-1)[:, :, None],
        conv2_kernel=kernel,
    )
    planted = np.zeros((1, SIZE, SIZE, 1), np.float32)
    planted[0, :, 5] = 1
    value = network.activations(planted)["conv2/linear"].numpy().item()
    recipe = Recipe(steps=200, first_step=2.0, last_step=0.02, ink=0.1)
    patterns = maximize(network, "conv2", recipe=recipe, progress=False)
    assert patterns.scores[0] >= 0.995 * value > 0
    pools = patterns.images[0, :, 1:13, 0].reshape(SIZE, 6, 2)
    assert (pools.max(2)[:, 2] > 0.95).sum() >= 12
    assert np.delete(pools, 2, axis=1).max() < 0.05


def test_robust_recipe_draws_the_blob_and_not_the_checkerboard(build):
    # The kernel is mostly checkerboard; what outlasts a blur is the blob beneath it.
    rows, columns = np.mgrid[:12, :12] - 5.5
    blob = np.exp(-(rows**2 + columns**2) / 18) - 0.4
    board = np.where((rows + columns) % 2 == 0, 1.2, -1.2)
    network = build("conv(1,12,act=linear)", (12, 12, 1), conv1_kernel=board + blob)
    plain, robust = (
        maximize(network, "conv1", recipe=recipe, progress=False) for recipe in ("plain", "robust")
    )
    np.testing.assert_array_equal(plain.images[0, ..., 0], board + blob > 0)
    assert plain.scores[0] > robust.scores[0]
    assert robust.robust_scores[0] > 1.5 * plain.robust_scores[0]
    assert plain.high_frequency_shares[0] > 0.9 > 0.3 > robust.high_frequency_shares[0]


FOUND, RARE, UNREACHED, DEAD, WEAK, SUPPRESSED = range(6)
SMALL = (8, 8, 1)


@pytest.fixture(scope="module")
def needle():
    """A 5x5 picture of noise that no random field comes near to."""
    return np.random.default_rng(8).integers(0, 2, (5, 5)).astype(np.float64)


@pytest.fixture(scope="module")
def fates(build, needle):
    """A second layer with a filter for each fate."""
    ink, rare = np.zeros((5, 5)), np.zeros((5, 5))
    ink[2, 2] = 1
    rare[1:4, 1:4] = -0.5
    rare[2, 2] = 3  # A bright pixel on dark ground.
    needles = np.where(needle > 0, 1.0, -1.0)
    kernel = np.zeros((1, 1, 3, 6))
    kernel[0, 0, :, FOUND] = [1, 0, 0]
    kernel[0, 0, :, RARE] = [0, 1, 0]
    kernel[0, 0, :, UNREACHED] = [0, 0, 100]
    kernel[0, 0, :, DEAD] = [-1, -1, -1]
    kernel[0, 0, :, WEAK] = [0.1, 0, 100]
    kernel[0, 0, :, SUPPRESSED] = [-1, 0, 0]
    return build(
        "conv(3,5) conv(6,1)",
        SMALL,
        conv1_kernel=np.stack([ink, rare, needles], axis=-1)[:, :, None],
        conv1_bias=[0, -1.6, 0.4 - needle.sum()],
        conv2_kernel=kernel,
        conv2_bias=[-0.05, -0.001, -0.05, -0.1, -0.01, 0.2],
    )


@pytest.fixture(scope="module")
def real(needle):
    """Thirty grey images, of which one has the needle."""
    images = np.random.default_rng(0).integers(0, 120, (30, *SMALL), np.uint8)
    images[11] = 0
    images[11, 1:6, 2:7, 0] = 255 * needle
    return images, np.zeros(30, np.int32)


@pytest.fixture(scope="module")
def judged(fates, real):
    evidence = gather_evidence(fates, "conv2", *real, progress=False)
    return maximize(fates, "conv2", evidence=evidence, restarts=2, progress=False)


def test_needle_and_rare_filter_are_as_hard_as_planned(fates):
    fired = fates.activations(random_fields(1024, SMALL, 0))["conv1"].numpy().max((1, 2))
    # Where conv1 is closed everywhere conv2 gives no gradient at all.
    assert 0 < np.mean(fired[:, 1] > 0) < 0.1
    assert not fired[:, 2].any()


def test_every_fate_has_its_verdict(judged):
    expected = ["found", "found", "unreached", "dead", "weak"]
    assert list(judged.verdicts[:SUPPRESSED]) == expected
    assert judged.headline().startswith("6 filters: ")
    assert not judged.climbs.by_gradient_alone[[FOUND, UNREACHED, DEAD, WEAK, SUPPRESSED]].any()


def test_filter_that_fires_only_on_rare_input_is_found(judged):
    image = judged.images[RARE, ..., 0]
    assert judged.scores[RARE] > 0
    row, column = np.unravel_index(image[2:6, 2:6].argmax(), (4, 4))
    patch = image[1 + row : 4 + row, 1 + column : 4 + column]
    assert patch[1, 1] > 0.9
    assert patch.sum() - patch[1, 1] < 0.1 * 8


def test_filter_that_wants_no_ink_gets_none(judged):
    # Its best image is black where it looks, and no image of real ink can beat that.
    assert judged.images[SUPPRESSED, 2:6, 2:6].max() < 0.05
    assert judged.scores[SUPPRESSED] == pytest.approx(0.2, abs=0.02)


def test_evidence_stands_beside_the_verdict(judged):
    evidence = judged.evidence
    assert evidence.best_linear[UNREACHED] > 0 >= judged.climbs.peaks[UNREACHED].max()
    assert evidence.best_linear[DEAD] <= 0 and judged.climbs.peaks[DEAD].max() <= 0
    assert (evidence.scores.argmax(axis=0)[[UNREACHED, WEAK]] == 11).all()
    assert evidence.scores[:, WEAK].max() > judged.scores[WEAK]


def test_without_evidence_filters_fire_or_are_silent(fates):
    patterns = maximize(fates, "conv2", [DEAD, FOUND, UNREACHED, RARE], progress=False)
    assert patterns.verdicts == ("silent", "fires", "silent", "fires")
    assert patterns.filters == (DEAD, FOUND, UNREACHED, RARE)
    assert patterns.evidence is None


def test_start_that_fires_counts_though_the_pattern_does_not(build):
    # The mean is best for black, -0.1 everywhere; a bright pixel fires the filter at one place
    # and suppresses it at its neighbours. Dead would be untrue.
    kernel = np.full((3, 3), -1.0)
    kernel[1, 1] = 2
    network = build("conv(1,3,act=linear)", (8, 8, 1), conv1_kernel=kernel, conv1_bias=[-0.1])
    patterns = maximize(
        network, "conv1", recipe="plain", restarts=64, candidates=64, progress=False
    )
    ends = network.activations(patterns.climbs.images[0])["conv1"].numpy()
    starts = network.activations(patterns.climbs.starts[0])["conv1"].numpy()
    assert ends[patterns.climbs.best[0]].max() <= 0 < starts.max()
    assert patterns.verdicts == ("fires",)


def test_a_depthwise_filter_gets_what_its_kernel_wants_in_its_channel(build):
    kernel = np.random.default_rng(0).choice([-1.0, 0.5], (3, 3, 2, 2))
    text = "depthwise(3,multiplier=2,act=linear)"
    network = build(text, (7, 7, 2), depthwise1_kernel=kernel)
    patterns = maximize(
        network, "depthwise1", reduction="centre", recipe="plain", steps=400, progress=False
    )
    # White where a weight is positive, black where it is negative.
    best = np.maximum(kernel, 0).sum(axis=(0, 1)).reshape(4)
    np.testing.assert_allclose(patterns.scores, best, rtol=0.02)
    for number in range(4):
        seen = patterns.images[number, 2:5, 2:5, number // 2]
        np.testing.assert_allclose(seen, kernel[..., number // 2, number % 2] > 0, atol=0.05)


def test_weights_keep_their_bytes(fates, bytes_of):
    before = bytes_of(fates)
    maximize(fates, "conv2", [FOUND], steps=3, progress=False)
    assert bytes_of(fates) == before


def test_steps_override_the_recipes(fates):
    patterns = maximize(fates, "conv2", [0], recipe="plain", steps=3, progress=False)
    assert patterns.climbs.recipe.steps == 3
    same = Recipe(**{**vars(patterns.climbs.recipe)})
    again = maximize(fates, "conv2", [0], recipe=same, progress=False)
    assert again.images.tobytes() == patterns.images.tobytes()


def test_filters_of_numpy_are_plain_numbers(fates):
    patterns = maximize(fates, "conv2", np.arange(2), steps=2, progress=False)
    assert [type(number) for number in patterns.filters] == [int, int]


def test_dense_unit_in_a_dead_corner_of_the_image(build):
    # A logit that reads one pixel: the others stay as they started, black or not.
    kernel = np.zeros((16, 2))
    kernel[5, 1] = 4
    network = build("flatten dense(2,act=linear)", (4, 4, 1), dense1_kernel=kernel)
    patterns = maximize(network, "dense1", [1], recipe="plain", progress=False)
    assert patterns.scores[0] == pytest.approx(4)
    assert patterns.images[0, 1, 1, 0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": "conv7"}, "layer: expected one of conv1, conv2, found 'conv7'"),
        ({"filters": [6]}, "filters: expected 0 to 5 for conv2, found 6"),
        ({"filters": []}, "filters: expected at least one, found none"),
        ({"recipe": "fancy"}, "recipe: expected one of robust, plain, found 'fancy'"),
        ({"steps": 0}, "steps: expected"),
        ({"restarts": 0}, "restarts: expected"),
        (
            {"reduction": "energy"},
            "reduction: expected one of mean, max, centre, or a .*found 'energy'",
        ),
        ({"reduction": (3,)}, r"reduction: expected one of .*found \(3,\)"),
        ({"reduction": [1, 1]}, r"reduction: expected one of .*found \[1, 1\]"),
    ],
)
def test_wrong_argument_is_told_in_one_line(fates, arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        maximize(fates, **{"layer": "conv2", "progress": False, **arguments})
    assert "\n" not in str(caught.value)


def test_evidence_of_another_layer_is_refused(fates, real):
    evidence = gather_evidence(fates, "conv1", *real, progress=False)
    with pytest.raises(InputError, match="evidence: expected that of conv2, found that of conv1"):
        maximize(fates, "conv2", evidence=evidence, progress=False)


def test_a_single_position_is_judged_by_the_best_real_position(small_field):
    network, kernel, evidence = small_field
    patterns = maximize(
        network, "conv1", reduction="centre", restarts=2, evidence=evidence, progress=False
    )
    assert patterns.climbs.recipe.seeks_robust_score is False  # Three pixels are a small field.
    best = (kernel > 0).astype(np.float32)
    np.testing.assert_allclose(patterns.visible(patterns.images)[0], best[..., 0], atol=1e-6)
    np.testing.assert_allclose(patterns.scores[0], kernel[kernel > 0].sum(), rtol=1e-5)
    # An image holds the best patch off the centre: it ties, and nothing can beat it.
    np.testing.assert_allclose(patterns.real_scores.max(), patterns.scores[0], rtol=1e-5)
    assert patterns.verdicts == ("found",)
    assert evidence.scores.max() < 0.5 * patterns.scores[0]


@pytest.fixture
def small_field():
    """One 3 x 3 filter, and an image that holds its best patch in a corner."""
    network = Network(parse("conv(1,3)"), (11, 11, 1))
    kernel = np.array([[1, -1, 0.5], [-2, 1.5, -0.5], [0.25, -1, 2]], np.float32)[..., None, None]
    network.weights["conv1/kernel"].assign(kernel)
    images = np.zeros((4, 11, 11, 1), np.uint8)
    images[2, 8:, 8:, 0] = 255 * (kernel[..., 0, 0] > 0)
    evidence = gather_evidence(network, "conv1", images, np.zeros(4, np.int32), False)
    return network, kernel, evidence

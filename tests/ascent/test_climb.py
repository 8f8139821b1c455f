"""The climb against closed forms, and its promises: bounds, region, best image, no retracing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from tfcnn.ascent import evaluation, objectives
from tfcnn.ascent.climb import CHUNK, Climber
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.regions import region
from tfcnn.model.reading import shapes_of

PIXELS = (9, 9, 1)
BIASES = np.array([0.5, -3.0])


def climber_of(network, goal, recipe):
    return Climber(network, goal.terms, recipe, region(network, goal.terms))


def directions_of(network, goals):
    return evaluation.directions_of(goals, shapes_of(network))


def noise(count, shape, seed=0):
    return np.random.default_rng(seed).random((count, *shape), np.float32)


@pytest.fixture(scope="module")
def kernels():
    """Two 5x5 kernels of which no weight is nearly 0."""
    weights = np.random.default_rng(3).normal(size=(2, 5, 5))
    return np.sign(weights) * (0.1 + np.abs(weights))


@pytest.fixture(scope="module")
def single(build, kernels):
    """One position: the linear output is the image times the kernel, and the bias."""
    return build(
        "conv(2,5,act=linear)",
        (5, 5, 1),
        conv1_kernel=kernels.transpose(1, 2, 0)[:, :, None],
        conv1_bias=BIASES,
    )


def climb_both(network, recipe, shape=(5, 5, 1)):
    goals = [objectives.filter_map("conv1/linear", channel) for channel in (0, 1)]
    directions = directions_of(network, goals)
    climber = climber_of(network, goals[0], recipe)
    images = climber.climb(noise(2, shape), directions, progress=False)
    return images, climber.score(images, directions)


def test_in_the_box_the_pattern_is_where_the_kernel_is_positive(single, kernels):
    images, figures = climb_both(single, Recipe(steps=60, first_step=1.0, last_step=0.1))
    np.testing.assert_array_equal(images[..., 0], np.float32(kernels > 0))
    maxima = np.where(kernels > 0, kernels, 0).sum(axis=(1, 2)) + BIASES
    np.testing.assert_allclose(figures.score, maxima, rtol=1e-6)
    np.testing.assert_allclose(figures.peak, maxima, rtol=1e-6)


def test_in_the_box_the_mean_of_a_map_has_the_closed_form_of_its_summed_kernel(build, kernels):
    network = build(
        "conv(2,5,act=linear)", PIXELS, conv1_kernel=kernels.transpose(1, 2, 0)[:, :, None]
    )
    images, figures = climb_both(network, Recipe(steps=150, first_step=1.0, last_step=0.1), PIXELS)
    for channel in (0, 1):
        # Each of the 25 positions adds the kernel at another place.
        effect = scipy.signal.convolve2d(np.ones((5, 5)) / 25, kernels[channel])
        np.testing.assert_array_equal(images[channel, ..., 0], effect > 0)
        assert figures.score[channel] == pytest.approx(effect[effect > 0].sum(), rel=1e-5)


def test_one_step_goes_along_the_gradient(single, kernels):
    starts = np.full((2, 5, 5, 1), 0.5, np.float32)
    goals = [objectives.filter_map("conv1/linear", channel) for channel in (0, 1)]
    climber = climber_of(single, goals[0], Recipe(steps=1, first_step=0.3, last_step=0.3))
    images = climber.climb(starts, directions_of(single, goals), progress=False)
    norms = np.linalg.norm(kernels, axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(images[..., 0], 0.5 + 0.3 * kernels / norms, atol=1e-5)


STARTS = np.random.default_rng(1).uniform(0.2, 0.8, (2, 5, 5, 1)).astype(np.float32)


def one_step(network, **choices):
    """The images after one step, with the best-of left out: those that were climbed."""
    goals = [objectives.filter_map("conv1/linear", channel) for channel in (0, 1)]
    climber = climber_of(network, goals[0], Recipe(steps=1, **choices))
    return climber.climb(STARTS, directions_of(network, goals), progress=False)[..., 0]


def test_ink_that_helps_less_than_its_cost_is_taken_back(single, kernels):
    with_ink, without = (
        one_step(single, first_step=0.1, last_step=0.1, ink=ink) for ink in (0.3, 0.0)
    )
    # A direction of length 1 over 25 pixels is 1/5 in each.
    np.testing.assert_allclose(with_ink - without, -0.1 * 0.3 / 5, atol=1e-6)


def test_a_blurred_gradient_is_followed(single, kernels):
    blurred = np.stack(
        [
            scipy.ndimage.gaussian_filter(kernel, 1.0, mode="constant", radius=5)
            for kernel in kernels
        ]
    )
    # SciPy's weights add up to 1 over 11 pixels, as ours do: no factor is left.
    expected = STARTS[..., 0] + 0.1 * blurred / np.linalg.norm(blurred, axis=(1, 2), keepdims=True)
    found = one_step(single, first_step=0.1, last_step=0.1, gradient_blur=1.0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_steps_shrink_by_a_constant_factor_and_a_pushed_out_pixel_counts_for_nothing(build):
    # Up to the last step one pixel of three is at its end: the other two get all of the step.
    network = build("conv(1,(1,3),act=linear)", (1, 3, 1), conv1_kernel=[3.0, 4.0, 12.0])
    goal = objectives.filter_map("conv1/linear", 0)
    climber = climber_of(network, goal, Recipe(steps=3, first_step=0.08, last_step=0.02))
    starts = np.float32([0.1, 0.2, 1.0]).reshape(1, 1, 3, 1)
    images = climber.climb(starts, directions_of(network, [goal]), progress=False)
    way = 0.08 + 0.04 + 0.02
    expected = [0.1 + way * 3 / 5, 0.2 + way * 4 / 5, 1]
    np.testing.assert_allclose(images.ravel(), expected, atol=1e-6)


def test_what_is_climbed_is_blurred_less_and_less(single, kernels):
    # One step is all of the way: its start is seen through the wide blur, its end through the
    # narrow one.
    images = one_step(single, first_step=1e-9, last_step=1e-9, image_blur=(2.0, 0.5))
    for image, start, kernel in zip(images, STARTS[..., 0], kernels, strict=True):
        ends = [
            scipy.ndimage.gaussian_filter(np.float64(start), sigma, mode="constant", radius=5)
            for sigma in (2.0, 0.5)
        ]
        best = max(ends, key=lambda end: np.sum(end * kernel))
        np.testing.assert_allclose(image, best, atol=1e-5)


def test_no_gradient_no_step(build):
    network = build("conv(1,2,act=linear)", (4, 4, 1), conv1_kernel=np.zeros((2, 2)))
    goal = objectives.filter_map("conv1/linear", 0)
    starts = noise(1, (4, 4, 1))
    climber = climber_of(network, goal, Recipe(steps=3, ink=0.5))
    images = climber.climb(starts, directions_of(network, [goal]), progress=False)
    np.testing.assert_array_equal(images, starts)


def robust_by_scipy(network, path, channel, images):
    """The mean over five shifts of the images blurred by 0.7 pixels, black outside."""
    blurred = np.stack(
        [
            scipy.ndimage.gaussian_filter(
                np.float64(image), (0.7, 0.7, 0), mode="constant", truncate=12
            )
            for image in images
        ]
    )
    padded = np.pad(blurred, [(0, 0), (1, 1), (1, 1), (0, 0)])
    values = []
    for by in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        moved = np.roll(padded, by, axis=(1, 2))[:, 1:-1, 1:-1].astype(np.float32)
        values.append(network.activations(moved)[path].numpy()[..., channel].mean((1, 2)))
    return np.mean(values, axis=0)


@pytest.fixture(scope="module")
def deep(random_network):
    return random_network("conv(6,3) max(2) conv(8,3)", (12, 10, 2), seed=5)


SHORT = Recipe(steps=20, first_step=2.0, last_step=0.5)


@pytest.fixture(scope="module")
def deep_climber(deep):
    return climber_of(deep, objectives.filter_map("conv2/linear", 0), SHORT)


@pytest.fixture(scope="module")
def deep_directions(deep):
    return directions_of(deep, [objectives.filter_map("conv2/linear", i) for i in range(8)])


def test_scores_are_recomputed_on_the_plain_image(deep, deep_climber, deep_directions):
    images = noise(8, (12, 10, 2))
    figures = deep_climber.score(images, deep_directions)
    maps = deep.activations(images)["conv2/linear"].numpy()[np.arange(8), ..., np.arange(8)]
    np.testing.assert_allclose(figures.score, maps.mean((1, 2)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(figures.peak, maps.max((1, 2)), rtol=1e-4, atol=1e-6)
    robust = [robust_by_scipy(deep, "conv2/linear", i, images[i : i + 1])[0] for i in range(8)]
    np.testing.assert_allclose(figures.robust, robust, rtol=1e-4, atol=1e-5)


def test_scan_is_every_score(deep, deep_climber, deep_directions):
    candidates = noise(CHUNK + 5, (12, 10, 2), seed=1)
    values = deep_climber.scan(candidates, deep_directions)
    expected = deep.activations(candidates)["conv2/linear"].numpy().mean((1, 2))
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)


def test_alone_and_in_a_batch_a_filter_gives_the_same_bytes(deep_climber, deep_directions):
    starts = noise(CHUNK + 16, (12, 10, 2), seed=2)
    rows = np.arange(len(starts)) % 8
    together = deep_climber.climb(starts, [deep_directions[0][rows]], progress=False)
    for i in (0, 7, CHUNK - 1, CHUNK, CHUNK + 15):
        one = slice(i, i + 1)
        alone = deep_climber.climb(starts[one], [deep_directions[0][rows[one]]], progress=False)
        assert alone.tobytes() == together[one].tobytes()
    assert together.min() >= 0 and together.max() <= 1


def test_climb_reads_the_weights_anew_changes_none_and_compiles_once(random_network, bytes_of):
    network = random_network("conv(3,3) conv(2,3)", (8, 8, 1), seed=1)
    goals = [objectives.filter_map("conv2", i) for i in (0, 1)]
    climber = climber_of(network, goals[0], Recipe(steps=5))
    directions = directions_of(network, goals)
    starts = noise(2, (8, 8, 1))

    def all_calls(count):
        images = climber.climb(starts[:count], [directions[0][:count]], progress=False)
        climber.scan(noise(7, (8, 8, 1)), [directions[0][:count]])
        return images, climber.score(images, [directions[0][:count]]).score

    before = bytes_of(network)
    images, _ = all_calls(2)
    assert bytes_of(network) == before
    all_calls(1)
    network.weights["conv2/kernel"].assign(-network.weights["conv2/kernel"])
    turned, turned_scores = all_calls(2)
    expected = network.activations(turned)["conv2"].numpy().mean((1, 2))[[0, 1], [0, 1]]
    open_maps = expected > 0
    assert open_maps.any()
    np.testing.assert_allclose(turned_scores[open_maps], expected[open_maps], rtol=1e-4)
    assert not np.isclose(turned, images).all()
    for compiled in (climber._climb_chunk, climber._score_chunk, climber._scan_chunk):
        assert compiled.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(steps=12, first_step=1.0, last_step=0.5),
        Recipe(steps=12, image_blur=(1.0, 0.5), objective_blur=0.7, shifts=True, ink=0.1),
        Recipe(steps=12, gradient_blur=1.0),
    ],
    ids=["gradient", "robust", "blurred gradient"],
)
def test_outside_the_receptive_field_pixels_stay_as_they_started(random_network, recipe):
    network = random_network("conv(3,3) max(2) conv(2,3,act=linear)", (14, 14, 1), seed=2)
    goal = objectives.filter_map("conv2", 1, "centre")
    climber = climber_of(network, goal, recipe)
    starts = noise(3, (14, 14, 1))
    directions = [np.repeat(w, 3, axis=0) for w in directions_of(network, [goal])]
    images = climber.climb(starts, directions, progress=False)
    # Position (1, 1) of 4x4: conv 3, pool 2, conv 3 see 8x8 pixels from (2, 2).
    outside = np.ones((3, 14, 14, 1), bool)
    outside[:, 2:10, 2:10] = False
    np.testing.assert_array_equal(images[outside], starts[outside])
    assert np.abs(images - starts)[~outside].max() > 0.1
    assert images.min() >= 0 and images.max() <= 1


@pytest.fixture(scope="module")
def tent(build):
    """``1 - |sum of the nine pixels - 3|``."""
    return build(
        "conv(2,3) conv(1,1,act=linear)",
        (3, 3, 1),
        conv1_kernel=np.stack([np.ones((3, 3)), -np.ones((3, 3))], axis=-1)[:, :, None],
        conv1_bias=[-3.0, 3.0],
        conv2_kernel=[-1.0, -1.0],
        conv2_bias=[1.0],
    )


def climb_tent(tent, grey, recipe):
    goal = objectives.filter_map("conv2/linear", 0)
    starts = np.full((1, 3, 3, 1), grey, np.float32)
    climber = climber_of(tent, goal, recipe)
    return climber.climb(starts, directions_of(tent, [goal]), progress=False)[0, ..., 0]


def test_best_image_seen_is_kept_not_the_last(tent):
    # Steps of 0.75, 0.47 and 0.3 up, down and up change the sum by three times as much: 0.9, 3.15,
    # 1.73, 2.63. The second image is nearest to the top.
    image = climb_tent(tent, 0.1, Recipe(steps=3, first_step=0.75, last_step=0.3))
    np.testing.assert_allclose(image, 0.35, atol=1e-6)


def test_last_step_is_judged_too(tent):
    image = climb_tent(tent, 0.1, Recipe(steps=1, first_step=0.75, last_step=0.75))
    np.testing.assert_allclose(image, 0.35, atol=1e-6)


@pytest.mark.parametrize("shifts", [False, True])
def test_climb_never_ends_below_its_start_when_steps_overshoot(tent, shifts):
    recipe = Recipe(steps=25, first_step=4.0, last_step=4.0, shifts=shifts)
    image = climb_tent(tent, 0.3, recipe)

    def value(pixels):
        padded = np.pad(pixels, 1)
        moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)] if shifts else [(0, 0)]
        seen = [np.roll(padded, by, axis=(0, 1))[1:-1, 1:-1].sum() for by in moves]
        return np.mean([1 - abs(total - 3) for total in seen])

    assert value(image) >= value(np.full((3, 3), 0.3)) - 1e-6

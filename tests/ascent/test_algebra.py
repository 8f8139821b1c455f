"""Calculating with objectives: values against NumPy, climbs against closed forms, one compile."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.ascent import climbs, objectives
from tfcnn.ascent.climbs import climb_objectives, score_images
from tfcnn.ascent.evaluation import directions_of, evaluate
from tfcnn.ascent.recipe import Recipe
from tfcnn.errors import InputError
from tfcnn.model.reading import shapes_of

IMAGES = np.random.default_rng(0).random((5, 1, 4, 1), np.float32)
FINE = Recipe(steps=400, first_step=0.5, last_step=1e-4)


@pytest.fixture(scope="module")
def pixels(build):
    """Four pixels, and four units of which each is one of them."""
    return build("conv(4,(1,4),act=linear)", (1, 4, 1), conv1_kernel=np.eye(4))


def pixel(number):
    return objectives.filter_map("conv1", number)


A, B = pixel(0), pixel(1)
VECTOR = (1.0, 2.0, 0.0, 0.0)
CASES = {
    "product": (A * B, lambda x: x[:, 0] * x[:, 1]),
    "quotient": (A / (B + 1), lambda x: x[:, 0] / (x[:, 1] + 1)),
    "by a number": (A / 4, lambda x: x[:, 0] / 4),
    "number by it": (3 / (A + 2), lambda x: 3 / (x[:, 0] + 2)),
    "square": ((A - B) ** 2, lambda x: (x[:, 0] - x[:, 1]) ** 2),
    "power of two": (2**A, lambda x: 2 ** x[:, 0]),
    "power of it": ((A + 1) ** B, lambda x: (x[:, 0] + 1) ** x[:, 1]),
    "negative": (-A, lambda x: -x[:, 0]),
    "number less it": (1 - A, lambda x: 1 - x[:, 0]),
    "less a number": (A - 0.25, lambda x: x[:, 0] - 0.25),
    "sum": (sum(map(pixel, range(4))), lambda x: x.sum(1)),
    "NumPy's number": (np.float32(2) * A + np.int64(1), lambda x: 2 * x[:, 0] + 1),
    "scaled product": (-3 * (A * B) / 2, lambda x: -1.5 * x[:, 0] * x[:, 1]),
    "nested": ((A * B + 1) / (A**2 + 1), lambda x: (x[:, 0] * x[:, 1] + 1) / (x[:, 0] ** 2 + 1)),
    "function": (
        objectives.combine(tf.minimum, A, B) + A,
        lambda x: np.minimum(x[:, 0], x[:, 1]) + x[:, 0],
    ),
    "function of three": (
        objectives.combine(lambda a, b, c: a * b - c, A, B, 2),
        lambda x: x[:, 0] * x[:, 1] - 2,
    ),
    "cosine": (
        objectives.cosine("conv1", VECTOR),
        lambda x: x @ VECTOR / (np.linalg.norm(x, axis=1) * np.sqrt(5)),
    ),
    "variation": (
        objectives.total_variation(),
        lambda x: np.abs(np.diff(x)).sum(1),
    ),
    "norm": (objectives.image_norm(), lambda x: np.linalg.norm(x, axis=1)),
    "of the image": (
        A - objectives.of_image(lambda images: tf.reduce_max(images, [1, 2, 3])),
        lambda x: x[:, 0] - x.max(1),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_is_numpys(pixels, name):
    goal, expected = CASES[name]
    values = score_images(pixels, goal, IMAGES).score
    np.testing.assert_allclose(values, expected(IMAGES[:, 0, :, 0].astype(np.float64)), rtol=1e-5)


def test_the_maximum_of_several_positions_and_their_cosines(build):
    network = build("conv(2,1,act=linear)", (1, 3, 1), conv1_kernel=np.array([[[[1.0, -1.0]]]]))
    x = IMAGES[:, 0, :3, 0].astype(np.float64)
    highest, lowest = (objectives.filter_map("conv1", n, "max") for n in (0, 1))
    values = score_images(network, highest * lowest, IMAGES[:, :, :3]).score
    np.testing.assert_allclose(values, -x.max(1) * x.min(1), rtol=1e-5)
    # (x, -x) and (1, 0) have the cosine 1 / sqrt 2 at every position.
    cosine = objectives.cosine("conv1", (5, 0), "max")
    values = score_images(network, cosine, IMAGES[:, :, :3]).score
    np.testing.assert_allclose(values, np.full(5, 0.5**0.5), rtol=1e-5)


def test_sum_starts_with_nothing():
    assert sum([A, B]) == A + B
    assert A - B == A + -B


@pytest.mark.parametrize("name", CASES)
def test_every_objective_values_every_image(pixels, name):
    goal, _ = CASES[name]
    shapes = shapes_of(pixels)
    directions = directions_of([goal, goal], shapes)
    images = tf.constant(IMAGES)
    table = evaluate(goal.terms, directions, pixels.activations(images), images, every=True)
    expected = score_images(pixels, goal, IMAGES).score
    np.testing.assert_allclose(
        np.broadcast_to(table, (5, 2)), np.stack([expected, expected], axis=1), rtol=1e-5
    )


def climbed(network, goal, recipe=FINE, **arguments):
    start = np.float32([0.3, 0.6, 0.2, 0.5]).reshape(1, 1, 1, 4, 1)
    arguments = {"starts": start} | arguments
    found = climb_objectives(network, [goal], recipe=recipe, progress=False, **arguments)
    return found.images[0, :, 0, :, 0]


LINEAR = 0.8 * A + 0.1 * B - 0.5 * pixel(2) + 2 * pixel(3)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        # w x - |x|^2 is highest at w / 2, in the box.
        (LINEAR - objectives.image_norm() ** 2, [0.4, 0.05, 0, 1]),
        # 3a - b - c/2 + d - v (|a-b| + |b-c| + |c-d|): a large v leaves no edges.
        (3 * A - B - 0.5 * pixel(2) + pixel(3) - 0.2 * objectives.total_variation(), [1, 0, 0, 1]),
        (3 * A - B - 0.5 * pixel(2) + pixel(3) - 5 * objectives.total_variation(), [1, 1, 1, 1]),
        (
            A / (1 + B) - (pixel(2) - 0.25) ** 2 - (pixel(3) - 0.75) ** 2,
            [1, 0, 0.25, 0.75],
        ),
        (A * B * pixel(2) * pixel(3), [1, 1, 1, 1]),
        (A * (1 - B) - pixel(2) - pixel(3), [1, 0, 0, 0]),
        # The weaker of two that share one unit of ink: half for each.
        (
            objectives.combine(tf.minimum, A, B) - (A + B) ** 2 / 4 - pixel(2) - pixel(3),
            [0.5, 0.5, 0, 0],
        ),
    ],
    ids=["norm", "edges", "no edges", "quotient", "product", "difference", "minimum"],
)
def test_climb_ends_at_the_closed_form(pixels, goal, expected):
    np.testing.assert_allclose(climbed(pixels, goal)[0], expected, atol=0.01)


def test_a_cosine_finds_its_direction(pixels):
    vector = np.array([3.0, 1.0, 0.0, 2.0])
    image = climbed(pixels, objectives.cosine("conv1", vector))[0]
    np.testing.assert_allclose(image / np.linalg.norm(image), vector / np.sqrt(14), atol=0.01)


def test_a_difference_finds_the_planted_kernel_alone(build):
    # Both kernels see the left bar, the first the right one as well: only that tells them apart.
    left, right = np.zeros((2, 5, 5))
    left[:, 1], right[:, 3] = 1, 1
    kernels = np.stack([left + right, left], axis=-1)[:, :, None]
    network = build("conv(2,5)", (5, 5, 1), conv1_kernel=kernels)
    goal = objectives.filter_map("conv1", 0) - objectives.filter_map("conv1", 1) ** 2
    start = np.full((1, 1, 5, 5, 1), 0.5, np.float32)
    found = climb_objectives(network, [goal], recipe=FINE, starts=start, progress=False)
    image = found.images[0, 0, ..., 0]
    np.testing.assert_allclose(image[:, 3], 1, atol=0.01)
    # s - s^2 of the left bar's sum is highest at one half.
    assert image[:, 1].sum() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("restarts", "best"), [(2, 1.0), (3, 0.5), (4, 1 / 3)])
def test_restarts_go_apart_as_far_as_they_can(pixels, restarts, best):
    # The mean correlation of n images is at least -1 / (n - 1).
    images = climbed(pixels, objectives.diversity(), starts=None, restarts=restarts, candidates=9)
    correlations = np.corrcoef(images)[np.triu_indices(restarts, 1)]
    assert -correlations.mean() == pytest.approx(best, abs=0.02)


def test_diversity_is_among_the_restarts_of_one_objective(pixels):
    # 5 x 13 rows: a chunk holds four objectives, and the fifth stands in another.
    goals = [pixel(n % 4) + objectives.diversity("conv1") for n in range(5)]
    starts = np.random.default_rng(2).random((5, 13, 1, 4, 1), np.float32)
    still = Recipe(steps=1, first_step=1e-6, last_step=1e-6)
    found = climb_objectives(
        pixels, goals, recipe=still, starts=starts, restarts=13, progress=False
    )
    for number in range(5):
        x = found.images[number].reshape(13, 4).astype(np.float64)
        correlations = np.corrcoef(x)
        others = (correlations.sum(axis=1) - 1) / 12
        np.testing.assert_allclose(found.scores[number], x[:, number % 4] - others, atol=1e-4)


def test_alone_and_with_others_restarts_that_go_apart_give_the_same_bytes(pixels):
    goals = [pixel(n) + objectives.diversity() for n in range(4)]
    arguments = {"recipe": Recipe(steps=9), "restarts": 3, "candidates": 20, "progress": False}
    together = climb_objectives(pixels, goals, **arguments)
    alone = climb_objectives(pixels, goals[2:3], **arguments)
    assert together.images[2].tobytes() == alone.images[0].tobytes()


def _least(first, second):
    return tf.minimum(first, second)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: pixel(n) * pixel(3 - n) - 0.1 * objectives.total_variation(),
        lambda n: objectives.combine(_least, pixel(n), 0.5) ** 2 + objectives.diversity(),
        lambda n: objectives.cosine("conv1", np.eye(4)[n] + 1) / (1 + pixel(n)),
    ],
    ids=["product", "function", "cosine"],
)
def test_more_filters_compile_nothing(pixels, make):
    recipe = Recipe(steps=3)
    traces = []
    for numbers in ([0], [1, 2], range(4)):
        goals = [make(number) for number in numbers]
        climb_objectives(pixels, goals, recipe=recipe, candidates=9, restarts=2, progress=False)
        climber = climbs._climber(pixels, goals[0].terms, recipe, None)
        traces.append(
            [
                compiled.experimental_get_tracing_count()
                for compiled in (climber._climb_chunk, climber._score_chunk, climber._scan_chunk)
            ]
        )
    assert traces == [[1, 1, 1]] * 3


def test_where_the_value_is_not_finite_the_climb_goes_on(pixels):
    # 1 / (a - a) everywhere but in what is added to it: no step, and no NaN in the image.
    images = climbed(pixels, 1 / (A - A) + B, Recipe(steps=5))
    assert np.isfinite(images).all()
    # The root of a negative number is NaN: the start, which has none, is kept.
    image = climbed(pixels, B - (A - 0.29) ** 0.5, Recipe(steps=3))[0]
    assert image[0] >= 0.29


def test_in_a_product_closed_relus_are_nothing(build):
    network = build(
        "conv(2,1)", (1, 1, 1), conv1_kernel=np.array([[[[1.0, 1.0]]]]), conv1_bias=[-3, -3]
    )
    goal = objectives.filter_map("conv1", 0) * objectives.filter_map("conv1", 1)
    assert score_images(network, goal, np.ones((1, 1, 1, 1), np.float32)).score.tolist() == [0]


class Unhashable:
    """A function that no table of compiled climbs can be asked for."""

    __hash__ = None

    def __call__(self, values):
        return values


@pytest.mark.parametrize(
    ("calculate", "message"),
    [
        (lambda: A / 0, "objective, divisor: expected a number that is not 0, found 0.0"),
        (lambda: A + "b", "objective, added number: expected a finite number, found 'b'"),
        (lambda: A * float("nan"), "objective, factor: expected a finite number, found nan"),
        (lambda: A * 1e39, "objective, factor: expected a finite number, found 1e+39"),
        (lambda: A - None, "objective: expected a finite number, found None"),
        (lambda: A * 1e32 * 1e32, "weight of a term: expected a finite number, found 1"),
        (lambda: objectives.combine(tf.add, 1, 2), "combine: expected at least one objective"),
        (lambda: objectives.combine("max", A), "function: expected a function of tensors"),
        (lambda: objectives.combine(Unhashable(), A), "function: expected a function of tensors"),
        (lambda: objectives.cosine("conv1", [0, 0]), "direction: expected a weight that is not 0"),
        (lambda: objectives.direction("conv1", "ab"), "direction: expected a number for each"),
        (lambda: objectives.filter_map("conv1", 1.5), "filter: expected a whole number, found 1.5"),
        (lambda: deep(40), "objective: expected at most 30 functions in each other, found more"),
    ],
)
def test_what_cannot_be_calculated_is_told_in_one_line(calculate, message):
    with pytest.raises(InputError) as caught:
        calculate()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def deep(levels):
    goal = A
    for _ in range(levels):
        goal = 1 / (goal + 1)
    return goal


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (
            objectives.of_image(lambda images: tf.reduce_sum(images)),
            r"function: expected float32, one value for each image, found float32 \(\)",
        ),
        (objectives.diversity("conv9"), "layer: expected one of conv1.*, found 'conv9'"),
        (objectives.cosine("conv1", [1, 2]), "direction: expected 4 weights for conv1, found 2"),
        (A * objectives.filter_map("conv1", 4), "filter: expected 0 to 3 for conv1, found 4"),
    ],
)
def test_what_does_not_fit_the_network_is_told(pixels, goal, message):
    with pytest.raises(InputError, match=message):
        climbed(pixels, goal)


def test_too_many_restarts_to_go_apart_are_told(pixels):
    with pytest.raises(InputError, match=r"restarts: expected at most 64 .*diversity, found 65"):
        climbed(pixels, objectives.diversity(), starts=None, restarts=65, candidates=70)

"""Objectives against NumPy, and their gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.ascent import objectives
from tfcnn.ascent.evaluation import directions_of, evaluate
from tfcnn.ascent.reductions import reducer_of
from tfcnn.errors import InputError

SHAPES = {
    "conv1": (4, 5, 3),  # An even height: its centre is the upper of the two middle rows.
    "conv1/linear": (4, 5, 3),
    "dense1": (6,),
    "dense1/linear": (6,),
}
PIXELS = np.random.default_rng(5).random((5, 4, 6, 2), np.float32)


@pytest.fixture(scope="module")
def maps():
    """Linear outputs of which each image's map is positive somewhere, and their ReLU."""
    generator = np.random.default_rng(0)
    linear = {
        path: generator.normal(0.3, 1, (5, *SHAPES[path])).astype(np.float32)
        for path in ("conv1/linear", "dense1/linear")
    }
    return {
        "conv1/linear": linear["conv1/linear"],
        "conv1": np.maximum(linear["conv1/linear"], 0),
        "dense1/linear": linear["dense1/linear"],
        "dense1": np.maximum(linear["dense1/linear"], 0),
    }


def value_of(objective, activations):
    """Each image's value by ``objective``."""
    images = len(next(iter(activations.values())))
    [*directions] = directions_of([objective], SHAPES)
    rows = [tf.repeat(weights, images, axis=0) for weights in directions]
    tensors = {path: tf.constant(value) for path, value in activations.items()}
    return evaluate(objective.terms, rows, tensors, PIXELS).numpy()


VECTOR = (0.5, -2.0, 1.0)


def along(maps):
    return maps["conv1/linear"].astype(np.float64) @ np.array(VECTOR)


CASES = {
    "mean": (
        objectives.filter_map("conv1", 2),
        lambda maps: maps["conv1"][..., 2].mean((1, 2)),
    ),
    "max": (
        objectives.filter_map("conv1", 1, "max"),
        lambda maps: maps["conv1"][..., 1].max((1, 2)),
    ),
    "centre": (
        objectives.filter_map("conv1/linear", 0, "centre"),
        lambda maps: maps["conv1/linear"][:, 1, 2, 0],
    ),
    "position": (
        objectives.filter_map("conv1/linear", 0, (3, 1)),
        lambda maps: maps["conv1/linear"][:, 3, 1, 0],
    ),
    "energy": (
        objectives.layer("conv1"),
        lambda maps: np.square(maps["conv1"]).mean((1, 2, 3)),
    ),
    "unit": (
        objectives.filter_map("dense1/linear", 4),
        lambda maps: maps["dense1/linear"][:, 4],
    ),
    "energy of units": (
        objectives.layer("dense1"),
        lambda maps: np.square(maps["dense1"]).mean(1),
    ),
    "direction": (
        objectives.direction("conv1/linear", VECTOR),
        lambda maps: along(maps).mean((1, 2)),
    ),
    "maximum of a direction": (
        objectives.direction("conv1/linear", VECTOR, "max"),
        lambda maps: along(maps).max((1, 2)),
    ),
    "less a maximum": (
        -0.5 * objectives.filter_map("conv1/linear", 1, "max"),
        lambda maps: -0.5 * maps["conv1/linear"][..., 1].max((1, 2)),
    ),
    "sum and difference": (
        2.0 * objectives.filter_map("conv1/linear", 0)
        + objectives.filter_map("dense1/linear", 1) * 0.5
        - objectives.filter_map("conv1/linear", 2, (0, 0)),
        lambda maps: (
            2.0 * maps["conv1/linear"][..., 0].mean((1, 2))
            + 0.5 * maps["dense1/linear"][:, 1]
            - maps["conv1/linear"][:, 0, 0, 2]
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_is_numpys(maps, name):
    objective, expected = CASES[name]
    np.testing.assert_allclose(value_of(objective, maps), expected(maps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_weighted_sum_keeps_the_bytes_that_it_had_before_objectives_were_formulas(maps, name):
    goal, _ = CASES[name]
    tensors = {path: tf.constant(value) for path, value in maps.items()}
    total = tf.constant(0.0)
    for term, direction in zip(goal.terms, directions_of([goal], SHAPES), strict=True):
        reducer, rows = reducer_of(term.reduction), tf.repeat(direction, 5, axis=0)

        def read(path, reducer=reducer, rows=rows):
            value = tensors[path]
            value = value[:, None, None, :] if len(value.shape) == 2 else value
            if reducer.by_channel:
                return tf.einsum("bc,bc->b", reducer.pool(value), rows)
            return reducer.pool(tf.einsum("bhwc,bc->bhw", value, rows)[..., None])[:, 0]

        value = term.weight * read(term.path)
        if f"{term.path}/linear" in tensors and reducer.signed:
            linear = term.weight * read(f"{term.path}/linear")
            value = tf.where(value == 0, tf.minimum(linear, 0.0), value)
        total += value
    assert value_of(goal, maps).tobytes() == total.numpy().tobytes()


def test_every_objective_values_every_image(maps):
    # What the scan computes at once is what each objective says alone.
    for make in (
        lambda channel: objectives.filter_map("conv1", channel),
        lambda channel: objectives.filter_map("conv1/linear", channel, "max"),
        lambda channel: (
            objectives.filter_map("conv1", channel, "centre")
            - objectives.filter_map("dense1/linear", channel)
        ),
    ):
        goals = [make(channel) for channel in range(3)]
        directions = directions_of(goals, SHAPES)
        tensors = {path: tf.constant(value) for path, value in maps.items()}
        table = evaluate(goals[0].terms, directions, tensors, PIXELS, every=True).numpy()
        assert table.shape == (5, 3)
        for column, goal in enumerate(goals):
            np.testing.assert_allclose(table[:, column], value_of(goal, maps), rtol=1e-5)


def test_each_image_has_its_own_direction(maps):
    goals = [objectives.filter_map("conv1/linear", channel) for channel in (2, 0, 1, 1, 2)]
    directions = directions_of(goals, SHAPES)
    tensors = {path: tf.constant(value) for path, value in maps.items()}
    values = evaluate(goals[0].terms, directions, tensors, PIXELS)
    expected = [maps["conv1/linear"][i, ..., c].mean() for i, c in enumerate((2, 0, 1, 1, 2))]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_closed_relu_falls_back_to_the_linear_output():
    linear = np.float32([[-3, -1], [-3, 1]]).reshape(2, 1, 2, 1)  # The first image: closed.
    activations = {"conv1/linear": linear, "conv1": np.maximum(linear, 0)}
    shapes = {path: value.shape[1:] for path, value in activations.items()}
    for reduction, expected in (("mean", [-2, 0.5]), ("max", [-1, 1]), ((0, 0), [-3, -3])):
        goal = objectives.filter_map("conv1", 0, reduction)
        rows = [np.ones((2, 1), np.float32)]
        assert directions_of([goal], shapes)[0].tolist() == [[1]]
        tensors = {path: tf.constant(value) for path, value in activations.items()}
        values = evaluate(goal.terms, rows, tensors, PIXELS[:2])
        np.testing.assert_allclose(values, expected)


def test_what_is_to_be_low_is_at_its_best_when_closed():
    linear = np.float32([-3, -1]).reshape(1, 1, 2, 1)
    activations = {"conv1/linear": linear, "conv1": np.maximum(linear, 0)}
    tensors = {path: tf.constant(value) for path, value in activations.items()}
    goal = -1.0 * objectives.filter_map("conv1", 0)
    value = evaluate(goal.terms, [np.ones((1, 1), np.float32)], tensors, PIXELS[:1])
    assert value.numpy().tolist() == [0]


@pytest.mark.parametrize(
    "goal",
    [
        objectives.filter_map("conv2", 1),
        objectives.filter_map("conv2", 2, "max"),
        objectives.filter_map("conv2/linear", 0, "centre"),
        objectives.layer("conv1"),
        objectives.filter_map("dense1", 3),
        objectives.direction("conv1", (1.0, -0.5, 0.25, 2.0)),
        objectives.filter_map("dense1", 0) - 0.5 * objectives.filter_map("conv1", 2),
    ],
    ids=["mean", "max", "centre", "energy", "unit", "direction", "difference"],
)
def test_gradient_is_that_of_finite_differences(random_network, goal):
    text = "conv(4,3,act=tanh) average(2) conv(3,2,act=tanh) flatten dense(4,act=linear)"
    network = random_network(text, (8, 8, 1), seed=1)
    generator = np.random.default_rng(0)
    image = generator.random((1, 8, 8, 1), np.float32)
    shapes = {path: tuple(value.shape[1:]) for path, value in network.activations(image).items()}
    directions = directions_of([goal], shapes)

    def value(images):
        rows = [tf.repeat(weights, len(images), axis=0) for weights in directions]
        return evaluate(goal.terms, rows, network.activations(tf.constant(images)), images)

    point = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(point)
        total = value(point)
    gradient = tape.gradient(total, point).numpy().ravel()
    step = 5e-3
    moves = step * np.eye(64, dtype=np.float32).reshape(64, 8, 8, 1)
    rises = (value(image + moves) - value(image - moves)).numpy() / (2 * step)
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(rises, gradient, atol=0.02 * np.abs(gradient).max())


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (objectives.filter_map("conv9", 0), "layer: expected one of conv1.*found 'conv9'"),
        (objectives.filter_map("conv1", 3), "filter: expected 0 to 2 for conv1, found 3"),
        (objectives.filter_map("conv1", -1), "filter: expected 0 to 2 for conv1, found -1"),
        (objectives.filter_map("dense1", 6), "filter: expected 0 to 5 for dense1, found 6"),
        (
            objectives.direction("conv1", (1, 2)),
            "direction: expected 3 weights for conv1, found 2",
        ),
        (objectives.filter_map("conv1", 0, (4, 0)), r"position: .*4x5.*conv1, found \(4, 0\)"),
        (objectives.filter_map("conv1", 0, (0, -1)), r"position: .*4x5.*conv1, found \(0, -1\)"),
        (objectives.filter_map("dense1", 0, (0, 1)), r"position: .*1x1.*dense1, found \(0, 1\)"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(goal, message):
    with pytest.raises(InputError, match=message) as caught:
        directions_of([goal], SHAPES)
    assert "\n" not in str(caught.value)


def test_objectives_of_one_call_read_the_same():
    goals = [objectives.filter_map("conv1", 0), objectives.filter_map("conv1", 0, "max")]
    with pytest.raises(InputError, match="objectives: expected all to read"):
        directions_of(goals, SHAPES)


@pytest.mark.parametrize("reduction", ["median", (3,), [3, 4], 5])
def test_what_is_no_reduction_is_refused_at_once(reduction):
    words = "mean, max, centre, energy, or a (row, column)"
    with pytest.raises(InputError) as caught:
        objectives.filter_map("conv1", 0, reduction)
    assert str(caught.value) == f"reduction: expected one of {words}, found {reduction!r}"

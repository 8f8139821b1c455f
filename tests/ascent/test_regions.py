from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.ascent import objectives
from tfcnn.ascent.regions import region
from tfcnn.model import Network, parse


def support(network, goal, shape):
    """The pixels with a gradient, with every ReLU and maximum out of the way."""
    images = tf.random.stateless_uniform([4, *shape], seed=[1, 2])
    with tf.GradientTape() as tape:
        tape.watch(images)
        activations = network.activations(images)
        total = tf.constant(0.0)
        for _, path, reduction in goal.terms:
            value = activations[path]
            if isinstance(reduction, tuple):
                value = value[:, reduction[0], reduction[1]]
            elif reduction == "centre":
                height, width = value.shape[1:3]
                value = value[:, (height - 1) // 2, (width - 1) // 2]
            total += tf.reduce_sum(value)
    return np.any(tape.gradient(total, images).numpy() != 0, axis=(0, 3))


TEXT = "conv(2,3,act=linear) average(2) conv(2,3,act=linear) flatten dense(3,act=linear)"
STRIDED = "conv(2,3,stride=2,pad=same,act=linear) conv(2,(1,3),act=linear) average((2,1),stride=1)"
DEPTHWISE = (
    "conv(2,3,act=linear) depthwise(3,multiplier=2,stride=2,act=linear) "
    "depthwise((1,2),act=linear,pad=same)"
)


@pytest.mark.parametrize("shape", [(13, 11, 1), (12, 12, 3)])
@pytest.mark.parametrize(
    ("text", "goal"),
    [
        (TEXT, objectives.filter_map("conv1", 0)),
        (TEXT, objectives.filter_map("conv2/linear", 1)),
        (TEXT, objectives.filter_map("conv2", 0, "centre")),
        (TEXT, objectives.filter_map("conv2/linear", 0, (0, 1))),
        (
            TEXT,
            objectives.filter_map("conv1", 0, "centre") + objectives.filter_map("conv1", 1, (0, 0)),
        ),
        (TEXT, objectives.filter_map("dense1", 2)),
        (STRIDED, objectives.filter_map("conv2", 0)),
        (STRIDED, objectives.filter_map("conv1", 0, (0, 0))),
        (STRIDED, objectives.filter_map("conv1", 0, (2, 3))),
        (STRIDED, objectives.filter_map("pool1", 0, "centre")),
        (DEPTHWISE, objectives.filter_map("depthwise1", 3)),
        (f"{STRIDED} globalaverage dense(3)", objectives.filter_map("globalaverage1", 1)),
        (f"{STRIDED} globalaverage dense(3)", objectives.filter_map("dense1/linear", 1)),
        (DEPTHWISE, objectives.filter_map("depthwise2/linear", 1, (1, 2))),
    ],
)
def test_region_is_the_support_of_the_gradient(text, goal, shape):
    network = Network(parse(text), shape, seed=3)
    found = region(network, goal.terms)
    expected = support(network, goal, shape)
    if len(goal.terms) == 2:
        assert not expected.all()  # Two patches, not the rectangle around both.
    np.testing.assert_array_equal(found, expected)


def test_flatten_counts_as_all():
    network = Network(parse(TEXT), (12, 12, 1))
    assert region(network, objectives.filter_map("flatten", 0).terms).all()


def test_unknown_subject_is_all():
    class Callable:
        input_shape = (4, 6, 1)

        def activations(self, images):
            return {"sum": tf.reduce_sum(images, [1, 2])}

    assert (
        region(Callable(), objectives.filter_map("sum", 0).terms).tolist()
        == np.ones((4, 6), bool).tolist()
    )

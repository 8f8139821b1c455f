"""Gradients against central differences of the same network in NumPy float64.

In float64 a step of 1e-5 has a truncation error of about 1e-10 and a rounding error of about
1e-11, so what remains is the float32 rounding of the gradient under test: about 1e-6 of the
largest gradient of its tensor, for sums of a few hundred products.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.architecture import parse
from tfcnn.model.forward import TrainingMode
from tfcnn.model.layers import LAYERS, Flatten, GlobalAverage
from tfcnn.model.layers.fields import ACTIVATION_FUNCTIONS
from tfcnn.model.network import Network

STEP = 1e-5
TOLERANCE = 2e-5
INPUT_SHAPE = (7, 6, 2)

TEXTS = [
    f"conv(3,(3,2),act={name}) average(2,stride=1) conv(2,2,stride=(2,1),pad=same,act={name}) "
    f"flatten dense(4,act={name}) dense(3,act=linear)"
    for name in ACTIVATION_FUNCTIONS
] + [
    "conv(3,3,pad=same) batchnorm(act=elu) max(3,stride=2,pad=same) flatten dense(3,act=linear)",
    "conv(3,3,act=linear) average((2,1),pad=same) conv(2,2,act=tanh) batchnorm flatten dense(3)",
    "depthwise((2,3),multiplier=2,act=elu) depthwise(2,stride=2,pad=same,act=tanh) max(2,stride=1) "
    "flatten dense(3,act=linear)",
    "conv(4,3,act=tanh) max(2) globalaverage dense(5,act=elu) dense(3,act=linear)",
    "flatten dense(5,act=tanh) batchnorm(act=sigmoid) dense(3,act=linear)",
]


def some_places(shape, generator, count=25):
    size = int(np.prod(shape))
    chosen = generator.choice(size, min(size, count), replace=False)
    return [np.unravel_index(place, shape) for place in chosen]


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("text", TEXTS)
def test_gradients_agree_with_finite_differences(
    text, training, naive_network, float64_tensors, randomize, differences
):
    generator = np.random.default_rng(3)
    network = Network(parse(text), INPUT_SHAPE, seed=4)
    randomize(network, 5)
    images = tf.constant(generator.uniform(size=(4, *INPUT_SHAPE)), tf.float32)
    target = generator.normal(size=(4, 3)).astype(np.float32)
    mode = TrainingMode(seed=tf.constant([0, 0])) if training else None

    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(tf.square(network(images, mode) - target))
    sources = {**network.weights, "images": images}
    gradients = tape.gradient(value, sources)

    tensors = float64_tensors(network)
    arrays = {**tensors, "images": images.numpy().astype(np.float64)}

    def loss():
        logits = naive_network(network.layers, arrays["images"], arrays, training)
        return np.sum((logits - target) ** 2)

    assert float(value) == pytest.approx(loss(), rel=1e-5)
    for path in sources:
        places = some_places(arrays[path].shape, generator)
        expected = differences(loss, arrays[path], places, STEP)
        actual = np.array([gradients[path].numpy()[place] for place in places])
        scale = np.abs(gradients[path]).max()
        if scale > 1e-3:  # A bias before a batch normalisation in training has no effect at all.
            assert np.abs(expected).max() > 0.01 * scale
        np.testing.assert_allclose(actual, expected, atol=TOLERANCE * max(scale, 1), err_msg=path)


@pytest.mark.parametrize("flat", ["flatten", "globalaverage"])
def test_the_logits_have_a_gradient_by_every_path_of_the_activations(
    flat, naive_network, float64_tensors, randomize, closed_forms, differences
):
    text = (
        "conv(3,3,act=tanh) max(2) batchnorm(act=elu) max(2,stride=1) conv(4,2,act=relu) "
        "depthwise(2,act=tanh) average(2,stride=1,pad=same) dropout(0.5) "
        f"{flat} dense(5,act=selu) dense(3,act=linear)"
    )
    shape = (11, 12, 2)
    network = Network(parse(text), shape)
    used = {type(layer) for layer in network.architecture.layers}
    assert used | {Flatten, GlobalAverage} == set(LAYERS)
    randomize(network, 5)
    generator = np.random.default_rng(3)
    images = tf.constant(generator.uniform(size=(2, *shape)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        values = network.activations(images)
        logit = values["dense2"][:, 1]

    tensors = float64_tensors(network) | {"input/mean": 0.0, "input/deviation": 1.0}
    names = [placed.name for placed in network.layers]
    for path, value in values.items():
        name, _, is_linear = path.partition("/")
        number = names.index(name)
        rest, array = network.layers[number + 1 :], value.numpy().astype(np.float64)
        function = network.layers[number].layer.activation if is_linear else "linear"

        def loss(rest=rest, array=array, function=function):
            return naive_network(rest, closed_forms[function](array), tensors)[:, 1].sum()

        places = some_places(array.shape, generator, 60)
        expected = differences(loss, array, places, STEP)
        actual = [tape.gradient(logit, value).numpy()[place] for place in places]
        assert np.abs(expected).max() > 0.01, path
        np.testing.assert_allclose(actual, expected, atol=TOLERANCE, err_msg=path)

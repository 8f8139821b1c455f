"""What the page's script computes, compared with TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import ZOO, Network, parse

# Every layer, and every option of each.
TEXTS = [
    "conv(4,3) max(2) conv(3,(3,2),stride=2,pad=same,act=selu) batchnorm(act=elu) "
    "average(2,stride=1,pad=same) flatten dropout(0.5) dense(7,act=tanh) dense(5,act=linear)",
    "conv(3,(2,3),pad=same,act=leaky_relu) max(3,stride=2,pad=same) conv(2,2,act=sigmoid) flatten "
    "dense(4,act=linear)",
    "conv(3,2,stride=(2,1),act=linear) depthwise((3,2),multiplier=2,stride=2,pad=same,act=elu) "
    "average((2,1)) globalaverage dense(3,act=linear)",
    "average((3,2),stride=(1,2),pad=same) conv(4,(5,1),act=tanh) max((2,3),stride=1) flatten",
]
# Computes in the page, in its own thread, what the worker computes.
VALUES = """(image) => new Promise((resolve) => {
  const worker = new Worker(URL.createObjectURL(new Blob(
    [document.getElementById("tfcnn-worker").textContent], {type: "text/javascript"})));
  const description = JSON.parse(document.getElementById("tfcnn-data").textContent).network;
  worker.onmessage = ({data}) => {
    if (data.loaded) worker.postMessage({task: "values", id: 2, image: Float32Array.from(image)});
    else resolve(Object.fromEntries(Object.entries(data.values).map(([k, v]) => [k, [...v]])));
  };
  worker.postMessage({task: "load", id: 1, description});
})"""
REASONS = VALUES.replace('task: "values"', 'task: "explain", target: 1').replace(
    "data.values", "data.maps"
)


def with_any_values(network):
    """Values in all variables that differ from each other and from where they start."""
    generator = np.random.default_rng(3)
    for path, variable in {**network.state, **network.weights}.items():
        if path.endswith(("variance", "deviation", "scale")):
            variable.assign(generator.uniform(0.5, 2.0, variable.shape))
        elif not path.endswith("kernel"):
            variable.assign(generator.normal(0, 0.3, variable.shape))
    return network


@pytest.mark.parametrize("text", [*TEXTS, *ZOO])
def test_every_layer_s_values_are_those_of_tensorflow(opened, text):
    shape = (28, 28, 1) if text in ZOO else (13, 11, 3)
    network = with_any_values(Network(ZOO.get(text) or parse(text), shape, seed=1))
    image = np.random.default_rng(0).random(shape, np.float32)
    found = opened(network).evaluate(VALUES, image.ravel().tolist())
    expected = network.activations(image[np.newaxis])
    assert set(found) - {"input"} == set(expected)
    for path, values in expected.items():
        wanted = values.numpy().ravel()
        worst = np.abs(np.array(found[path], np.float32) - wanted).max()
        assert worst <= 1e-4 * np.abs(wanted).max(), path


@pytest.mark.parametrize("text", TEXTS)
def test_gradients_are_those_of_tensorflow(opened, text):
    shape = (13, 11, 3)
    network = with_any_values(Network(parse(text), shape, seed=1))
    image = np.random.default_rng(0).random(shape, np.float32)
    maps = opened(network).evaluate(REASONS, image.ravel().tolist())
    pixels = tf.constant(image[np.newaxis])
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        logit = network(pixels)[:, 1]
    expected = tape.gradient(logit, pixels)[0].numpy().sum(axis=-1).ravel()
    assert np.abs(expected).max() > 0
    assert np.abs(np.array(maps["gradient"]) - expected).max() <= 1e-4 * np.abs(expected).max()
    # The shares of integrated gradients add up to the logit's rise from the black image.
    rise = float(logit[0] - network(tf.zeros_like(pixels))[0, 1])
    assert sum(maps["integrated gradients"]) == pytest.approx(rise, abs=0.02 * max(abs(rise), 1))
    covered = image.copy()
    covered[4:9, 3:8] = 0  # 5 x 5 pixels around row 6, column 5.
    fall = float(logit[0] - network(covered[np.newaxis])[0, 1])
    assert maps["occlusion"][6 * 11 + 5] == pytest.approx(fall, abs=1e-4)

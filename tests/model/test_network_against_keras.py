"""Logits and gradients against the same network built in Keras, with the same weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.architecture import parse
from tfcnn.model.forward import TrainingMode
from tfcnn.model.layers import (
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalAverage,
    MaxPool,
)
from tfcnn.model.network import Network
from tfcnn.model.zoo import ZOO

COLOUR = (
    "conv(6,(5,3),stride=(1,2),act=selu) batchnorm(act=relu,momentum=0.8) max(3,stride=2,pad=same) "
    "conv(8,3,pad=same,act=elu) depthwise((2,3),multiplier=2,act=elu) average((2,3),stride=1) "
    "conv(4,2,stride=2,act=leaky_relu) "
    "flatten dense(12,act=tanh) dense(10,act=sigmoid) dense(10,act=linear)"
)


def keras_activation(name):
    if name == "leaky_relu":
        return lambda x: keras.activations.leaky_relu(x, negative_slope=0.2)
    return name


def keras_layer(layer):
    if isinstance(layer, Conv):
        return keras.layers.Conv2D(
            layer.filters,
            layer.kernel_size,
            strides=layer.stride,
            padding=layer.padding,
            activation=keras_activation(layer.activation),
        )
    if isinstance(layer, Depthwise):
        return keras.layers.DepthwiseConv2D(
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.multiplier,
            activation=keras_activation(layer.activation),
        )
    if isinstance(layer, MaxPool):
        return keras.layers.MaxPooling2D(layer.size, layer.stride, layer.padding)
    if isinstance(layer, AveragePool):
        return keras.layers.AveragePooling2D(layer.size, layer.stride, layer.padding)
    if isinstance(layer, GlobalAverage):
        return keras.layers.GlobalAveragePooling2D()
    if isinstance(layer, Flatten):
        return keras.layers.Flatten()
    if isinstance(layer, Dense):
        return keras.layers.Dense(layer.units, activation=keras_activation(layer.activation))
    if isinstance(layer, Dropout):
        return keras.layers.Dropout(layer.rate)
    assert isinstance(layer, BatchNorm)
    return keras.layers.BatchNormalization(momentum=layer.momentum, epsilon=layer.epsilon)


# Keras orders a batch normalisation's weights so, too.
PARTS = ("kernel", "bias", "scale", "offset", "moving_mean", "moving_variance")


def twin(network):
    """The Keras network, and the path of each of its weights."""
    variables = {**network.weights, **network.state}
    model = keras.Sequential([keras.Input(network.input_shape)])
    paths = {}
    for placed in network.layers:
        layer = keras_layer(placed.layer)
        model.add(layer)
        own = [f"{placed.name}/{part}" for part in PARTS if f"{placed.name}/{part}" in variables]
        layer.set_weights([variables[path].numpy() for path in own])
        paths |= dict(zip(own, layer.weights, strict=True))
        if isinstance(placed.layer, BatchNorm):
            model.add(keras.layers.Activation(keras_activation(placed.layer.activation)))
    return model, paths


def gradients_of(call, images, labels, sources):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = call(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        loss = tf.reduce_mean(losses)
    return logits, *tape.gradient(loss, [images, sources])


def compare(text, input_shape, count, training, randomize):
    network = Network(parse(text), input_shape, seed=1)
    randomize(network, 2)
    model, paths = twin(network)
    generator = np.random.default_rng(0)
    images = tf.constant(generator.uniform(size=(count, *input_shape)), tf.float32)
    labels = generator.integers(0, 10, count)
    mode = TrainingMode(seed=tf.constant([0, 0])) if training else None
    mean, deviation = network.state["input/mean"], network.state["input/deviation"]

    logits, by_images, by_weights = gradients_of(
        lambda x: network(x, mode), images, labels, dict(network.weights)
    )
    keras_weights = {path: paths[path].value for path in network.weights}
    expected, keras_by_images, keras_by_weights = gradients_of(
        lambda x: model((x - mean) / deviation, training=training), images, labels, keras_weights
    )

    # The two sum in different orders: float32 rounding, relative to the largest value.
    pairs = {"logits": (logits, expected), "images": (by_images, keras_by_images)}
    pairs |= {path: (by_weights[path], keras_by_weights[path]) for path in by_weights}
    for name, (ours, theirs) in pairs.items():
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours, theirs, atol=2e-5 * max(scale, 1e-3), err_msg=name)
    assert np.abs(by_images).max() > 0
    return mode, paths


@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_zoo_agrees(name, randomize):
    compare(str(ZOO[name]), (28, 28, 1), 2 if name == "chain13" else 8, False, randomize)


def test_a_separable_network_without_a_hidden_dense_layer_agrees(randomize):
    text = "conv(6,3) depthwise(3,stride=2) conv(8,1) globalaverage dense(10,act=linear)"
    compare(text, (13, 12, 3), 8, False, randomize)


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_every_option_agrees_on_colour(training, randomize):
    mode, paths = compare(COLOUR, (21, 24, 3), 8, training, randomize)
    if training:  # Keras has moved its statistics; ours are offered by the mode.
        for path, moved in mode.moved.items():
            np.testing.assert_allclose(moved, paths[path], rtol=1e-5, atol=1e-6)

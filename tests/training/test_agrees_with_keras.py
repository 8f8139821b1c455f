"""The second answer for a whole training step: Keras, with the same weights and batches."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import Network, parse
from tfcnn.model.layers import AveragePool, BatchNorm, Conv, Dense, MaxPool
from tfcnn.training import schedules
from tfcnn.training.batches import epoch_order
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import StepChoices
from tfcnn.training.optimizers import Adam, Momentum, RMSprop
from tfcnn.training.step import TrainState, compile_train_steps

# Smooth: a hundred steps leave float32 rounding small, where one pixel that crosses the kink of a
# relu in one of two networks would take them apart.
SMOOTH = (
    "conv(4,3,act=elu) batchnorm average(2) conv(6,(3,2),stride=2,pad=same,act=tanh) "
    "flatten dense(10,act=linear)"
)
KINKED = (
    "conv(4,3,l2=0.3) max(2) conv(6,(3,2),stride=2,pad=same,act=linear) batchnorm(act=relu) "
    "flatten dense(12,act=selu) dense(10,act=linear)"
)
STEPS, BATCH = 100, 32


@pytest.fixture(scope="module")
def batches():
    """int32 [100, 32]: no two epochs in the same order."""
    orders = [epoch_order(np.arange(400, dtype=np.int32), seed=5, epoch=e) for e in range(1, 10)]
    return np.concatenate(orders)[: STEPS * BATCH].reshape(STEPS, BATCH)


def network_of(text, sample):
    network = Network(parse(text), (28, 28, 1), seed=3)
    network.normalize_to(sample.train.images)
    return network


def keras_twin(network, l2):
    """The same network in Keras, with the same weights and moving statistics."""
    twin = keras.Sequential([keras.layers.Input((28, 28, 1))])
    for placed in network.layers:
        layer = placed.layer
        for keras_layer in keras_layers(layer, placed.name, getattr(layer, "l2", None) or l2):
            twin.add(keras_layer)
    everything = {**network.weights, **network.state}
    for path, variable in keras_variables(twin).items():
        variable.assign(everything[path].numpy())
    return twin


def keras_layers(layer, name, l2):
    make, penalty = keras.layers, keras.regularizers.L2(l2)
    if isinstance(layer, Conv):
        options = {"strides": layer.stride, "padding": layer.padding, "name": name}
        yield make.Conv2D(layer.filters, layer.kernel_size, kernel_regularizer=penalty, **options)
    elif isinstance(layer, Dense):
        yield make.Dense(layer.units, kernel_regularizer=penalty, name=name)
    elif isinstance(layer, BatchNorm):
        yield make.BatchNormalization(momentum=0.9, epsilon=1e-3, name=name)
    elif isinstance(layer, MaxPool):
        yield make.MaxPool2D(2)
    elif isinstance(layer, AveragePool):
        yield make.AveragePooling2D(2)
    else:
        yield make.Flatten()
    yield make.Activation(getattr(layer, "activation", "linear"))


def keras_variables(twin):
    ours = {"gamma": "scale", "beta": "offset"}
    return {
        f"{layer.name}/{ours.get(variable.name, variable.name)}": variable
        for layer in twin.layers
        for variable in layer.variables
    }


def normalized(network, images):
    mean, deviation = (network.state[f"input/{x}"].numpy() for x in ("mean", "deviation"))
    return ((images / 255 - mean) / deviation).astype(np.float32)


@pytest.mark.parametrize(("l2", "clip_norm"), [(0.0, 0.0), (1e-2, 0.0), (1e-2, 0.5)])
@pytest.mark.parametrize(
    ("ours", "theirs", "rate"),
    [
        (lambda w: Momentum(w, 0.9, nesterov=False), keras.optimizers.SGD(0.01, 0.9), 0.01),
        (lambda w: Momentum(w, 0.9, nesterov=True), keras.optimizers.SGD(0.01, 0.9, True), 0.01),
        (RMSprop, keras.optimizers.RMSprop(0.001), 0.001),
        (Adam, keras.optimizers.Adam(0.001), 0.001),
    ],
    ids=["momentum", "nesterov", "rmsprop", "adam"],
)
def test_weights_after_a_hundred_steps(sample, batches, ours, theirs, rate, l2, clip_norm):
    network = network_of(SMOOTH, sample)
    twin = keras_twin(network, l2)
    start = {path: weight.numpy() for path, weight in network.weights.items()}
    twin.compile(
        type(theirs).from_config({**theirs.get_config(), "global_clipnorm": clip_norm or None}),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    inputs = normalized(network, sample.train.images)
    for batch in batches:
        twin.train_on_batch(inputs[batch], sample.train.labels[batch])

    train_steps = compile_train_steps(
        TrainState(network, ours(network.weights)),
        tf.constant(sample.train.images),
        tf.constant(sample.train.labels),
        StepChoices(TrainConfig(l2=l2, clip_norm=clip_norm)),
    )
    train_steps(batches, tf.fill([STEPS], rate), 0)

    for path, variable in keras_variables(twin).items():
        mine = {**network.weights, **network.state}[path].numpy()
        if path in start:
            assert np.abs(mine - start[path]).max() > 0.01, path
        # A hundred steps of float32 rounding; measured: at most 5e-6.
        np.testing.assert_allclose(mine, variable.numpy(), rtol=0, atol=2e-5, err_msg=path)


def test_gradients_of_a_whole_network(sample):
    network = network_of(KINKED, sample)
    twin = keras_twin(network, l2=0.1)
    images, labels = sample.train.images[::8], sample.train.labels[::8]
    with tf.GradientTape() as tape:
        cross_entropies = keras.losses.sparse_categorical_crossentropy(
            labels, twin(normalized(network, images), training=True), from_logits=True
        )
        loss = tf.reduce_mean(cross_entropies) + sum(twin.losses)
    expected = tape.gradient(
        loss, {path: variable.value for path, variable in keras_variables(twin).items()}
    )
    start = {path: weight.numpy() for path, weight in network.weights.items()}
    # With a rate of 1 and no momentum, a step takes the gradient off the weights.
    train_steps = compile_train_steps(
        TrainState(network, Momentum(network.weights, momentum=0.0, nesterov=False)),
        tf.constant(images),
        tf.constant(labels),
        StepChoices(TrainConfig(l2=0.1, clip_norm=0.0)),
    )
    train_steps(tf.range(len(labels))[tf.newaxis], [1.0], 0)
    for path, weight in network.weights.items():
        np.testing.assert_allclose(
            start[path] - weight.numpy(), expected[path].numpy(), rtol=1e-4, atol=1e-6, err_msg=path
        )


KERAS = keras.optimizers.schedules


@pytest.mark.parametrize(
    ("name", "options", "theirs"),
    [
        (
            "step",
            {"decay_rate": 0.5, "decay_steps": 30},
            KERAS.ExponentialDecay(0.08, 30, 0.5, staircase=True),
        ),
        (
            "exponential",
            {"decay_rate": 0.5, "decay_steps": 30},
            KERAS.ExponentialDecay(0.08, 30, 0.5),
        ),
        ("inverse_time", {"decay_steps": 30, "power": 1}, KERAS.InverseTimeDecay(0.08, 30, 1.0)),
        (
            "polynomial",
            {"total_steps": 100, "power": 2, "end_learning_rate": 0.01},
            KERAS.PolynomialDecay(0.08, 100, 0.01, 2.0),
        ),
        (
            "cosine",
            {"total_steps": 100, "end_learning_rate": 0.008},
            KERAS.CosineDecay(0.08, 100, alpha=0.1),
        ),
    ],
)
def test_schedules(name, options, theirs):
    ours = schedules.make_schedule(name, {"learning_rate": 0.08, **options})
    for step in (0, 1, 29, 30, 31, 60, 99, 100, 150):
        assert ours(step) == pytest.approx(float(theirs(step)), rel=1e-5, abs=1e-9), step

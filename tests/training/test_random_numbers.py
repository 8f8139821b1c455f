"""The same seed draws the same numbers, however the step is compiled."""

from __future__ import annotations

import ast
import pathlib
import zlib

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import Network, parse
from tfcnn.model.forward import TrainingMode
from tfcnn.model.random_numbers import uniform
from tfcnn.training.augmentation import augmented
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import StepChoices
from tfcnn.training.optimizers import Momentum
from tfcnn.training.step import TrainState, compile_train_steps

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("tfcnn/**/*.py"), *ROOT.glob("experiments/**/*.py")])


def draws_without_a_name(source):
    """The lines of calls of ``tf....stateless_...`` that leave the generator to TensorFlow."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("stateless_")
        and not any(
            keyword.arg in ("alg", "rng_alg") and getattr(keyword.value, "value", "") == "philox"
            for keyword in node.keywords
        )
    ]


def test_every_draw_names_its_generator():
    found = {path: draws_without_a_name(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert draws_without_a_name("tf.random.stateless_normal([2], seed)") == [1]
    assert draws_without_a_name("tf.random.stateless_normal([2], seed, alg='philox')") == []


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16, tf.float16])
@pytest.mark.parametrize("seed", [[0, 0], [3, 77], [-5, 2**31 - 1]])
def test_numbers_are_those_of_the_processor_without_xla(dtype, seed):
    """So a run of before, which took TensorFlow's own, goes on to the same bytes."""
    wanted = tf.random.stateless_uniform([3, 35], seed, dtype=dtype).numpy()
    found = uniform([3, 35], tf.constant(seed), dtype).numpy()
    assert 0 <= found.min() < 0.1
    assert 0.9 < found.max() < 1
    np.testing.assert_array_equal(found, wanted)


def test_dropout_is_tensorflows_to_the_last_bit():
    network = Network(parse("dropout(0.3) flatten"), (9, 7, 1))
    pixels = tf.random.stateless_normal([5, 9, 7, 1], [1, 2])
    for precision in (tf.float32, tf.bfloat16, tf.float16):
        seed = tf.constant([3, 77])
        apart = seed + tf.constant([0, zlib.crc32(b"dropout1") >> 1])
        wanted = tf.nn.experimental.stateless_dropout(tf.cast(pixels, precision), 0.3, apart)
        found = network(pixels, TrainingMode(seed, precision)).numpy()
        np.testing.assert_array_equal(found, tf.cast(wanted, tf.float32).numpy().reshape(5, 63))


def eager(function, *arguments):
    return function(*arguments)


def graph(function, *arguments):
    return tf.function(function)(*arguments)


def xla(function, *arguments):
    return tf.function(function, jit_compile=True)(*arguments)


@pytest.mark.parametrize("way", [graph, xla])
@pytest.mark.parametrize("precision", [tf.float32, tf.bfloat16, tf.float16])
def test_dropout_keeps_the_same_values_in_every_way(way, precision):
    network = Network(parse("dropout(0.4) flatten"), (9, 7, 1))
    pixels = tf.ones([5, 9, 7, 1])

    def dropped(seed):
        return network(pixels, TrainingMode(seed, precision))

    seed = tf.constant([3, 77])
    expected = dropped(seed).numpy()
    assert 0.3 < np.mean(expected == 0) < 0.5
    np.testing.assert_array_equal(way(dropped, seed).numpy() == 0, expected == 0)


@pytest.mark.parametrize("way", [graph, xla])
def test_augmentation_draws_the_same_numbers_in_every_way(way, sample, monkeypatch):
    """Shifts by whole pixels, so that nothing is interpolated."""
    drawn = []
    monkeypatch.setattr(
        "tfcnn.training.augmentation.transformed", lambda images, **moves: moves["down"]
    )
    pixels, config = tf.constant(sample.train.images[:7] / 255, tf.float32), TrainConfig(shift=3.0)
    for how in (eager, way):
        drawn.append(how(lambda seed: augmented(pixels, seed, config), tf.constant([5, 6])).numpy())
    assert len(set(drawn[0].tolist())) == 7
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_step_by_xla_drops_and_moves_the_same(sample, parts):
    network = Network(parse("flatten dropout(0.5) dense(10,act=linear)"), (28, 28, 1))
    images, labels = tf.constant(sample.train.images), tf.constant(sample.train.labels)
    batch, losses = np.arange(15, dtype=np.int32)[np.newaxis], []
    for jit in (False, True):
        config = TrainConfig(jit=jit, shift=2.0, rotation=20, seed=4)
        state = TrainState(network, Momentum(network.weights))
        train_steps = compile_train_steps(state, images, labels, StepChoices(config, parts))
        # A rate of 0 keeps the weights for the other.
        losses.append(train_steps(batch, [0.0], 3).loss.numpy())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)

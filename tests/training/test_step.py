from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model import Network, parse
from tfcnn.model.reading import levels_as_floats
from tfcnn.training.config import TrainConfig
from tfcnn.training.gradients import StepChoices
from tfcnn.training.loss_scale import LossScale
from tfcnn.training.optimizers import Adam, Momentum
from tfcnn.training.step import TrainState, compile_train_steps

DESCENT = {"momentum": 0.0, "nesterov": False}


def compiled(network, sample, optimizer, l2=0.0, loss_scale=None, parts=1, **choices):
    images, labels = tf.constant(sample.train.images), tf.constant(sample.train.labels)
    config = TrainConfig(l2=l2, **choices)
    state = TrainState(network, optimizer, loss_scale)
    return compile_train_steps(state, images, labels, StepChoices(config, parts))


def batches_of(steps, size=16):
    return np.random.default_rng(1).permutation(400)[: steps * size].reshape(steps, size)


def values(network):
    return {path: weight.numpy() for path, weight in network.weights.items()}


def assert_same(first, second):
    for path, value in first.items():
        np.testing.assert_array_equal(value, second[path], err_msg=path)


def test_grey_levels_become_floats():
    levels = tf.constant([0, 51, 255], tf.uint8)
    np.testing.assert_allclose(levels_as_floats(levels), [0.0, 0.2, 1.0], rtol=1e-7)


def test_many_steps_in_one_call_are_the_same_as_one_call_each(small_network, sample):
    batches, rates = batches_of(12), np.linspace(0.1, 0.01, 12, dtype=np.float32)
    start = values(small_network)
    optimizer = Adam(small_network.weights)
    train_steps = compiled(small_network, sample, optimizer, l2=0.01)
    together = train_steps(batches, rates, 0)
    after_together = values(small_network)
    for path, weight in small_network.weights.items():
        weight.assign(start[path])
    for slot in optimizer.slots.values():
        slot.assign(tf.zeros_like(slot))
    singly = [train_steps(batches[i : i + 1], rates[i : i + 1], i) for i in range(12)]

    assert_same(after_together, values(small_network))  # Every bit.
    assert together.loss.numpy() == pytest.approx(sum(t.loss.numpy() for t in singly))
    assert together.correct.numpy() == sum(t.correct.numpy() for t in singly)
    assert together.l2_penalty.numpy() == singly[-1].l2_penalty.numpy()


def test_gradient_is_that_of_an_eager_tape(small_network, sample):
    start, batch = values(small_network), batches_of(1)[0]
    with tf.GradientTape() as tape:
        logits = small_network(tf.constant(sample.train.images[batch] / 255, tf.float32))
        of_labels = tf.gather(tf.nn.log_softmax(logits), sample.train.labels[batch], batch_dims=1)
        kernels = [small_network.weights[path] for path in ("conv1/kernel", "dense1/kernel")]
        penalty = tf.add_n([0.1 * tf.reduce_sum(kernel**2) for kernel in kernels])
        loss = penalty - tf.reduce_mean(of_labels)
    gradients = tape.gradient(loss, dict(small_network.weights))
    # With a rate of 1 and no momentum, a step takes the gradient off the weights.
    optimizer = Momentum(small_network.weights, **DESCENT)
    totals = compiled(small_network, sample, optimizer, l2=0.1)(batch[np.newaxis], [1.0], 0)

    for path, weight in small_network.weights.items():
        np.testing.assert_allclose(
            start[path] - weight.numpy(), gradients[path], rtol=1e-4, atol=1e-6, err_msg=path
        )
    assert totals.loss.numpy() == pytest.approx(-of_labels.numpy().sum(), rel=1e-5)
    hits = logits.numpy().argmax(axis=1) == sample.train.labels[batch]
    assert totals.correct.numpy() == hits.sum()
    assert totals.l2_penalty.numpy() == pytest.approx(penalty.numpy(), rel=1e-5)


@pytest.mark.parametrize("size", [16, 5, 2])
def test_a_batch_in_parts_gives_the_step_of_the_whole(small_network, sample, size):
    def step_in(parts):
        for path, weight in small_network.weights.items():
            weight.assign(start[path])
        optimizer = Momentum(small_network.weights, **DESCENT)
        train_steps = compiled(small_network, sample, optimizer, l2=0.1, parts=parts)
        return train_steps(batches_of(3, size), [0.1, 0.2, 0.1], 0), values(small_network)

    start = values(small_network)
    totals, whole = step_in(parts=1)
    for parts in (2, 3):  # Three parts of two images: one has none of its own.
        again, cut = step_in(parts)
        for path, value in whole.items():
            np.testing.assert_allclose(cut[path], value, rtol=1e-5, atol=1e-6, err_msg=path)
        np.testing.assert_allclose(again[:4], totals[:4], rtol=1e-5)


def test_parts_drop_different_places(sample):
    # Both parts hold the same image: only their masks can make their losses differ.
    network = Network(parse("flatten dropout(0.5) dense(10,act=linear)"), (28, 28, 1))

    def loss_of(batch, parts):
        train_steps = compiled(network, sample, Momentum(network.weights), parts=parts)
        return train_steps([batch], [0.0], 0).loss.numpy()

    assert loss_of([7, 7], parts=2) != pytest.approx(2 * loss_of([7], parts=1), rel=1e-3)


def test_each_step_has_its_own_rate(small_network, sample):
    batches, start = batches_of(3), values(small_network)
    train_steps = compiled(small_network, sample, Momentum(small_network.weights, **DESCENT))
    train_steps(batches, [0.0, 0.1, 0.0], 0)
    after = values(small_network)
    for path, weight in small_network.weights.items():
        weight.assign(start[path])
    train_steps(batches[1:2], [0.1], 0)
    assert_same(after, values(small_network))
    assert np.abs(after["dense1/kernel"] - start["dense1/kernel"]).max() > 1e-3


def test_no_batch_of_any_size_is_traced_anew(small_network, sample):
    train_steps = compiled(small_network, sample, Momentum(small_network.weights))
    for steps, size in ((3, 16), (1, 16), (1, 7), (5, 20)):
        train_steps(batches_of(steps, size), tf.fill([steps], 0.01), steps)
    assert train_steps.experimental_get_tracing_count() == 1


def test_dropout_comes_from_seed_and_step_alone(sample):
    def losses_of(steps, seed):
        network = Network(parse("flatten dropout(0.5) dense(10,act=linear)"), (28, 28, 1))
        train_steps = compiled(network, sample, Momentum(network.weights), seed=seed)
        # A rate of 0 keeps the weights, so only dropout can change the loss of a batch.
        return [train_steps(batches_of(1), [0.0], step).loss.numpy() for step in steps]

    first, second, again = losses_of([4, 5, 4], seed=1)
    assert first == again
    assert first != second
    assert losses_of([5, 4], seed=1) == [second, first]
    assert losses_of([4], seed=2) != [first]


def test_moving_statistics_follow_the_batches(sample):
    network = Network(parse("batchnorm(momentum=0.75) flatten dense(10,act=linear)"), (28, 28, 1))
    batches = batches_of(2)
    compiled(network, sample, Momentum(network.weights))(batches, [0.1, 0.1], 0)
    mean, variance = 0.0, 1.0
    for batch in batches:
        pixels = sample.train.images[batch] / 255
        mean = 0.75 * mean + 0.25 * pixels.mean()
        variance = 0.75 * variance + 0.25 * pixels.var()
    assert network.state["batchnorm1/moving_mean"].numpy() == pytest.approx([mean], rel=1e-5)
    assert network.state["batchnorm1/moving_variance"].numpy() == pytest.approx(
        [variance], rel=1e-5
    )


def moved_by_one_step(network, sample, **choices):
    start = values(network)
    optimizer = Momentum(network.weights, **DESCENT)
    compiled(network, sample, optimizer, **choices)(batches_of(1), [1.0], 0)
    moved = {path: start[path] - value for path, value in values(network).items()}
    for path, weight in network.weights.items():
        weight.assign(start[path])
    return moved


def test_a_long_gradient_is_shortened_to_the_clip_norm(small_network, sample):
    whole = moved_by_one_step(small_network, sample)
    norm = np.sqrt(sum((value**2).sum() for value in whole.values()))
    clipped = moved_by_one_step(small_network, sample, clip_norm=float(norm / 4))
    for path, value in whole.items():
        np.testing.assert_allclose(clipped[path], value / 4, rtol=1e-4, atol=1e-6)
    untouched = moved_by_one_step(small_network, sample, clip_norm=float(norm * 1.01))
    for path, value in whole.items():
        np.testing.assert_allclose(untouched[path], value, rtol=1e-4, atol=1e-6)


def test_xla_gives_the_same(small_network, sample):
    choices = {"clip_norm": 0.0, "parts": 2}
    plain = moved_by_one_step(small_network, sample, **choices)
    compiled = moved_by_one_step(small_network, sample, jit=True, **choices)
    for path, gradient in plain.items():
        np.testing.assert_allclose(compiled[path], gradient, rtol=1e-3, atol=1e-6)


def test_each_step_sees_images_moved_in_its_own_way(small_network, sample):
    train_steps = compiled(
        small_network, sample, Momentum(small_network.weights), shift=3.0, seed=1
    )
    # A rate of 0 keeps the weights, so only augmentation can change the loss of a batch.
    first, second, again = (train_steps(batches_of(1), [0.0], s).loss.numpy() for s in (4, 5, 4))
    assert first == again
    assert first != second


def test_adam_does_not_count_a_step_that_was_left_out(sample):
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    start = values(network)
    moved = []
    for left_out in (0, 1):
        for path, weight in network.weights.items():
            weight.assign(start[path])
        loss_scale = LossScale()
        train_steps = compiled(
            network, sample, Adam(network.weights), 0.0, loss_scale, precision="mixed_float16"
        )
        for step in range(left_out):
            loss_scale.factor.assign(3e38)
            train_steps(batches_of(1), [0.1], step)
        loss_scale.factor.assign(1024.0)
        train_steps(batches_of(1), [0.1], left_out)
        assert loss_scale.left_out.numpy() == left_out
        moved.append(values(network))
    assert_same(*moved)


def test_an_overflow_in_float16_leaves_the_step_out(sample):
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    optimizer, loss_scale = Momentum(network.weights), LossScale()
    choices = {"precision": "mixed_float16", "loss_scale": loss_scale}
    train_steps = compiled(network, sample, optimizer, **choices)
    start = values(network)
    loss_scale.factor.assign(3e38)
    train_steps(batches_of(1), [0.1], 0)
    assert_same(start, values(network))
    assert not any(slot.numpy().any() for slot in optimizer.slots.values())
    assert loss_scale.factor.numpy() == np.float32(1.5e38)

    loss_scale.factor.assign(1024.0)
    train_steps(batches_of(1), [0.1], 1)
    scaled = values(network)
    for path, weight in network.weights.items():
        weight.assign(start[path])
    compiled(network, sample, Momentum(network.weights))(batches_of(1), [0.1], 1)
    for path, value in values(network).items():
        np.testing.assert_allclose(scaled[path] - start[path], value - start[path], atol=2e-4)


def operations_of(network, sample, **choices):
    """Kinds of operations of a compiled step, with how many there are of each."""
    config = TrainConfig(clip_norm=0)
    state = TrainState(network, Momentum(network.weights, **DESCENT))
    images, labels = tf.constant(sample.train.images), tf.constant(sample.train.labels)
    steps = compile_train_steps(state, images, labels, StepChoices(config, **choices))
    graph = steps.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return collections.Counter(node.op for node in nodes)


def test_norms_cost_nothing_unless_asked_for(small_network, sample):
    plain = operations_of(small_network, sample)
    assert not plain["Sqrt"]
    asked = operations_of(small_network, sample, norms=True)
    assert asked["Sqrt"] == len(small_network.weights)


def test_a_frozen_layer_has_no_gradient_computed(small_network, sample):
    assert operations_of(small_network, sample)["Conv2DBackpropFilter"] == 1
    frozen = frozenset({"conv1/kernel", "conv1/bias"})
    found = operations_of(small_network, sample, frozen=frozen)
    assert found["Conv2DBackpropFilter"] == found["MaxPoolGrad"] == 0

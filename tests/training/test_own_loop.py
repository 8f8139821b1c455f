"""A loop of one's own takes the steps that ``train`` takes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.training import TrainConfig, TrainStep, train
from tfcnn.training.batches import epoch_order

TEXT = "conv(3,5,stride=3) batchnorm flatten dropout(0.2) dense(10,act=linear)"


def network_of(text=TEXT):
    return Network(parse(text), (28, 28, 1))


@pytest.mark.parametrize(
    ("choices", "options"),
    [
        ({"shift": 2.0, "seed": 3}, {}),
        ({"optimizer": "adam"}, {"frozen": ["conv1/*"], "norms": True}),
    ],
)
def test_ten_lines_move_the_weights_to_the_bytes_of_train(sample, choices, options):
    config = TrainConfig(epochs=2, batch_size=48, **choices)
    wanted, network = network_of(), network_of()
    frozen = {name: value for name, value in options.items() if name == "frozen"}
    history = train(wanted, sample, config, progress=False, **frozen)

    images, labels = sample.train.images, sample.train.labels
    network.normalize_to(images)
    step, rate = TrainStep(network, config, **options), config.schedule_function(9)
    for epoch in (1, 2):
        order, losses = epoch_order(np.arange(400, dtype=np.int32), config.seed, epoch), []
        for at in range(0, 400, 48):
            batch = order[at : at + 48]
            result = step(images[batch], labels[batch], rate(step.taken))
            losses.append(result.loss * len(batch))
    for path, value in wanted.tensors().items():
        np.testing.assert_array_equal(network.tensors()[path], value, err_msg=path)
    assert sum(losses) / 400 == pytest.approx(history[-1].train_loss, rel=1e-6)
    learns = {path for path in network.weights if not (frozen and path.startswith("conv1"))}
    assert set(result.gradient_norms) == (learns if "norms" in options else set())


def test_a_result_is_of_the_batch_before_the_step(small_network, sample):
    images, labels = sample.train.images[:7], sample.train.labels[:7].astype(np.int64)
    logits = small_network(tf.constant(images / 255, tf.float32)).numpy()
    step = TrainStep(small_network, TrainConfig(l2=0.5))
    result = step(images / 255, labels, 0.1)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(7), labels]
    assert result.loss == pytest.approx(losses.mean(), rel=1e-4)
    assert result.accuracy == pytest.approx((logits.argmax(axis=1) == labels).mean())
    assert step.taken == 1


def test_pixels_that_are_no_grey_levels_can_be_learnt_from(small_network, sample):
    """The gradient of the step is that at these pixels, as an adversary moved them."""
    moved = np.clip(sample.train.images[:20] / 255 + 0.123, 0, 1).astype(np.float32)
    before = {path: weight.numpy() for path, weight in small_network.weights.items()}
    with tf.GradientTape() as tape:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            sample.train.labels[:20], small_network(moved)
        )
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, dict(small_network.weights))
    config = TrainConfig(l2=0, clip_norm=0, momentum=0, nesterov=False)
    TrainStep(small_network, config)(moved, sample.train.labels[:20], 1.0)
    for path, weight in small_network.weights.items():
        taken = before[path] - weight.numpy()
        np.testing.assert_allclose(taken, gradients[path], rtol=1e-4, atol=1e-6, err_msg=path)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 28, 28), np.uint8), [1, 2], "images: expected shape [batch, 28, 28, 1], fou"),
        (np.zeros((2, 28, 28, 1), np.int32), [1, 2], "images: expected floats in [0, 1], found in"),
        (np.zeros((2, 28, 28, 1)), [1], "labels: expected whole numbers [2], one an image, found"),
        (np.zeros((2, 28, 28, 1)), [1.0, 2.0], "labels: expected whole numbers [2], one an image"),
        (np.zeros((0, 28, 28, 1)), [], "labels: expected whole numbers [count > 0], one an image"),
    ],
)
def test_what_is_no_batch_is_refused(small_network, images, labels, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        TrainStep(small_network)(images, labels, 0.1)


def test_a_loss_that_ignores_a_weight_leaves_it(sample):
    network = network_of("flatten dense(10,act=linear)")

    def zero(logits, labels):
        del labels
        return tf.zeros_like(logits[:, 0])

    start = network.tensors()
    result = TrainStep(network, TrainConfig(l2=0), loss=zero)(
        sample.train.images[:5], sample.train.labels[:5], 1.0
    )
    assert result.loss == 0
    for path, value in network.tensors().items():
        np.testing.assert_array_equal(value, start[path])


def test_a_mode_of_training_drops_and_tells_the_next_statistics(sample):
    from tfcnn.model import TrainingMode

    network, pixels = network_of(), sample.train.images[:9] / 255
    mode = TrainingMode(seed=[0, 1])
    assert (network(pixels, mode).numpy() != network(pixels).numpy()).any()
    assert set(mode.moved) == {"batchnorm1/moving_mean", "batchnorm1/moving_variance"}
    assert not network.state["batchnorm1/moving_mean"].numpy().any()
    at_rest = TrainingMode(seed=[0, 1], at_rest=frozenset({"batchnorm1"}))
    network(pixels, at_rest)
    assert at_rest.moved == {}

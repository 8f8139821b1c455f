from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.data import Split
from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs.progress import Progress
from tfcnn.training import batches, trainer
from tfcnn.training.config import TrainConfig
from tfcnn.training.loop import train
from tfcnn.training.trainer import Trainer

LINEAR = "flatten dense(10,act=linear)"


def network_of(text=LINEAR, shape=(28, 28, 1)):
    return Network(parse(text), shape, seed=1)


def run_epochs(training, count):
    progress = Progress()
    for _ in range(count):
        while progress.images < training.images_per_epoch:
            training.advance(progress)
        training.end_epoch(progress)
    return progress


def test_two_epochs_agree_with_a_plain_loop(sample, monkeypatch):
    """Softmax regression in NumPy float64: normalisation, order, ragged batch, rates, L2."""
    monkeypatch.setattr(trainer, "STEPS_A_CALL", 4)
    config = TrainConfig(
        epochs=2, batch_size=48, learning_rate=0.02, momentum=0.5, nesterov=False,
        schedule="polynomial", warmup=0.25, l2=0.01, clip_norm=0, validation_size=30, seed=7,
    )  # fmt: skip
    network = network_of()
    kernel = network.weights["dense1/kernel"].numpy().astype(np.float64)
    training = Trainer(network, sample, config)
    progress = run_epochs(training, 2)
    assert (training.images_per_epoch, training.steps_per_epoch) == (370, 8)

    chosen, held_out = batches.split_validation(400, 30, seed=7)
    pixels = sample.train.images.reshape(400, 784) / 255
    inputs = (pixels - pixels[chosen].mean()) / pixels[chosen].std()
    labels = np.eye(10)[sample.train.labels]
    bias, kernel_velocity, bias_velocity = np.zeros(10), 0.0, 0.0
    rates = [0.02 * (step + 1) / 4 for step in range(4)]
    rates += [0.02 * (1 - step / 12) for step in range(12)]
    for step, rate in enumerate(rates):
        epoch, place = step // 8 + 1, step % 8
        if place == 0:
            losses, penalty = [], 0.0
        batch = batches.epoch_order(chosen, 7, epoch)[place * 48 : (place + 1) * 48]
        powers = np.exp(inputs[batch] @ kernel + bias)
        softmax = powers / powers.sum(axis=1, keepdims=True)
        losses += list(-np.log(softmax[labels[batch] == 1]))
        penalty = 0.01 * np.sum(kernel**2)
        error = (softmax - labels[batch]) / len(batch)
        kernel_velocity = 0.5 * kernel_velocity - rate * (
            inputs[batch].T @ error + 2 * 0.01 * kernel
        )
        bias_velocity = 0.5 * bias_velocity - rate * error.sum(axis=0)
        kernel, bias = kernel + kernel_velocity, bias + bias_velocity

    np.testing.assert_allclose(network.weights["dense1/kernel"], kernel, rtol=0, atol=1e-5)
    np.testing.assert_allclose(network.weights["dense1/bias"], bias, rtol=0, atol=1e-5)
    row = progress.history[1]
    assert (row.epoch, row.step, len(losses)) == (2, 16, 370)
    assert row.learning_rate == pytest.approx(0.02 / 12)
    assert row.train_loss == pytest.approx(np.mean(losses), rel=1e-4)
    assert row.l2_penalty == pytest.approx(penalty, rel=1e-4)
    logits = inputs @ kernel + bias
    hits = logits.argmax(axis=1) == sample.train.labels
    assert row.validation_accuracy == pytest.approx(hits[held_out].mean())
    all_losses = np.log(np.exp(logits).sum(axis=1)) - logits[labels == 1]
    assert row.validation_loss == pytest.approx(all_losses[held_out].mean(), rel=1e-4)


def at_a_rate_of_nothing(network, data):
    config = TrainConfig(
        epochs=1, batch_size=100, learning_rate=1e-9, schedule="constant", warmup=0, l2=0
    )
    train(network, data, config, progress=False)


def test_a_new_network_takes_the_normalisation_of_the_training_images(sample):
    network = network_of()
    at_a_rate_of_nothing(network, sample)
    pixels = sample.train.images / 255
    np.testing.assert_allclose(network.state["input/mean"], [pixels.mean()], rtol=1e-5)
    np.testing.assert_allclose(network.state["input/deviation"], [pixels.std()], rtol=1e-5)


@pytest.mark.parametrize(("mean", "deviation"), [(0.1307, 0.3081), (0.0, 1.0)])
def test_weights_with_a_normalisation_of_their_own_keep_it(sample, tmp_path, mean, deviation):
    """A network that wants raw pixels too, though its values are those of a new one."""
    tensors = network_of().tensors()
    tensors |= {"input/mean": np.float32([mean]), "input/deviation": np.float32([deviation])}
    made = network_of()
    made.assign(tensors)
    made.save(tmp_path / "w.safetensors")
    for network in (made, Network.load(tmp_path / "w.safetensors")):
        images = sample.test.images / np.float32(255)
        before = network(images).numpy()
        at_a_rate_of_nothing(network, sample)
        for path in ("input/mean", "input/deviation"):
            np.testing.assert_array_equal(network.state[path], tensors[path])
        np.testing.assert_allclose(network(images), before, rtol=0, atol=1e-5)
    made.normalize_to(sample.train.images)
    asked = made.state["input/mean"].numpy()
    assert abs(asked - mean).max() > 1e-4
    at_a_rate_of_nothing(made, sample)
    np.testing.assert_array_equal(made.state["input/mean"], asked)


def test_a_second_training_keeps_what_the_first_one_took(sample):
    network = network_of()
    at_a_rate_of_nothing(network, sample)
    first = network.state["input/mean"].numpy()
    train_split = Split(255 - sample.train.images, sample.train.labels)
    at_a_rate_of_nothing(network, dataclasses.replace(sample, train=train_split))
    np.testing.assert_array_equal(network.state["input/mean"], first)


@pytest.mark.parametrize("steps_a_call", [1, 5, 64])
def test_steps_a_call_change_no_bit(sample, monkeypatch, steps_a_call):
    def kernel_with(steps):
        monkeypatch.setattr(trainer, "STEPS_A_CALL", steps)
        network = network_of()
        run_epochs(Trainer(network, sample, TrainConfig(epochs=1, batch_size=30)), 1)
        return network.weights["dense1/kernel"].numpy()

    np.testing.assert_array_equal(kernel_with(steps_a_call), kernel_with(3))


def test_advance_stops_at_the_end_of_an_epoch_and_uses_the_last_smaller_batch(sample):
    training = Trainer(network_of(), sample, TrainConfig(epochs=2, batch_size=150))
    progress, used = Progress(), []
    while progress.images < 400:
        used.append((training.advance(progress), progress.step))
    assert used == [(300, 2), (100, 3)]
    training.end_epoch(progress)
    assert (progress.epoch, progress.step, progress.images) == (2, 3, 0)


def test_nothing_is_traced_anew_from_epoch_to_epoch(sample, monkeypatch):
    made = []
    for name in ("compile_train_steps", "compile_evaluate"):
        compile_ = getattr(trainer, name)
        monkeypatch.setattr(
            trainer, name, lambda *args, make=compile_: made.append(make(*args)) or made[-1]
        )
    config = TrainConfig(epochs=3, batch_size=48, validation_size=11)
    run_epochs(Trainer(network_of(), sample, config), 3)
    train_steps, evaluate = made
    [sums] = [
        cell.cell_contents
        for cell in evaluate.__closure__
        if hasattr(cell.cell_contents, "experimental_get_tracing_count")
    ]
    assert train_steps.experimental_get_tracing_count() == 1
    assert sums.experimental_get_tracing_count() == 1


def test_metrics_of_an_epoch(sample):
    network = network_of()
    training = Trainer(network, sample, TrainConfig(epochs=1, batch_size=64))
    [row] = run_epochs(training, 1).history
    logits = network(tf.constant(sample.test.images / 255, tf.float32)).numpy()
    assert row.test_accuracy == np.mean(logits.argmax(axis=1) == sample.test.labels)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(100), sample.test.labels]
    assert row.test_loss == pytest.approx(losses.mean(), rel=1e-4)
    assert row.images_per_second == pytest.approx(400 / row.seconds)
    assert row.validation_loss is None
    assert row.validation_accuracy is None


def test_a_loss_beyond_all_numbers_is_told_with_step_and_rate(sample):
    config = TrainConfig(epochs=1, batch_size=40, learning_rate=1e30, warmup=0, schedule="constant")
    with pytest.raises(FloatingPointError, match=r"^the loss is inf at step 2, .* was 1e\+30: "):
        run_epochs(Trainer(network_of(), sample, config), 1)


def test_weights_beyond_all_numbers_after_the_last_step_are_told(sample):
    # The only step has a finite loss and ruins the weights.
    config = TrainConfig(
        epochs=1, batch_size=400, learning_rate=1e38, warmup=0, schedule="constant"
    )
    with pytest.raises(FloatingPointError, match=r"at step 1, where the learning rate was 1e\+38"):
        run_epochs(Trainer(network_of(), sample, config), 1)


@pytest.mark.parametrize(
    ("network", "choices", "message"),
    [
        ((LINEAR, (14, 14, 1)), {}, "dataset: expected images of shape (14, 14, 1), found (28, 28"),
        (("flatten dense(9,act=linear)",), {}, "architecture: expected 10 outputs for the classes"),
        (("conv(10,3)",), {}, "architecture: expected a flat last layer"),
        *(
            (
                (text,),
                {},
                f"architecture: expected act=linear in the last layer, found act={found}",
            )
            for text, found in (
                ("flatten dense(10)", "relu in dense1"),
                ("flatten dense(10,act=tanh) dropout(0.1)", "tanh in dense1"),
                ("flatten dense(10,act=linear) batchnorm(act=relu)", "relu in batchnorm1"),
                ("conv(10,28) flatten", "relu in conv1"),
            )
        ),
        ((), {"validation_size": 400}, "validation_size: expected fewer than the 400 training"),
        ((), {"batch_size": 401}, "batch_size: expected at most the 400 images to train on"),
        (
            (),
            {"validation_size": 300, "batch_size": 101},
            "batch_size: expected at most the 100 images to train on, found 101",
        ),
    ],
)
def test_what_does_not_fit_is_refused(sample, network, choices, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}") as caught:
        Trainer(network_of(*network), sample, TrainConfig(**choices))
    assert "\n" not in str(caught.value)


def test_logits_may_be_means_of_maps(sample):
    """As in Springenberg et al., "Striving for Simplicity", ICLR 2015 workshop."""
    Trainer(network_of("conv(10,9,stride=4) average(5) flatten"), sample, TrainConfig())


def test_all_training_images_may_be_one_batch(sample):
    few = dataclasses.replace(sample, train=Split(sample.train.images[:3], sample.train.labels[:3]))
    training = Trainer(network_of(), few, TrainConfig(batch_size=2, validation_size=1))
    assert training.steps_per_epoch == 1
    assert run_epochs(training, 1).history[0].step == 1


@pytest.mark.parametrize(
    ("text", "batch_size", "steps"),
    [
        (LINEAR, 1, 64),
        # A step: 400 images of 28 * 28 * 28 * 28 * 8 multiplications, and a little more.
        ("conv(8,28,pad=same) flatten dense(10,act=linear)", 400, 6),
        ("conv(99,28,pad=same) flatten dense(10,act=linear)", 400, 1),
    ],
)
def test_a_call_takes_as_many_steps_as_half_a_second_of_work(sample, text, batch_size, steps):
    network = network_of(text)
    trainer = Trainer(network, sample, TrainConfig(batch_size=batch_size))
    assert trainer.steps_a_call == steps

"""A training that is bent: its own loss, frozen weights, other start weights, callbacks, norms."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs import Run, load_run
from tfcnn.training import Stopped, TrainConfig, train, trainer

LINEAR = "flatten dense(10,act=linear)"
FROZEN = ["conv1/*", "batchnorm1/*"]
KERNEL = "dense1/kernel"


def my_cross_entropy(logits, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def zero_one_squares(logits, labels):
    return tf.reduce_sum((logits - tf.one_hot(labels, 10)) ** 2, axis=1)


def do_nothing(report):
    del report


def test_a_loss_that_is_cross_entropy_moves_to_the_same_bytes(finished, sample, tmp_path, run):
    _, history = run(sample, tmp_path, loss=my_cross_entropy)
    same_bytes(tmp_path, finished[0])
    assert history[-1].test_loss == finished[2][-1].test_loss


def test_a_callback_that_does_nothing_changes_no_bit(
    finished, sample, tmp_path, run, without_times
):
    _, history = run(sample, tmp_path, callbacks=[do_nothing])
    same_bytes(tmp_path, finished[0])
    assert without_times(history) == without_times(finished[2])


def test_norms_in_the_log_change_no_bit(finished, sample, tmp_path, run):
    run(sample, tmp_path, log_norms=True)
    same_bytes(tmp_path, finished[0])


def same_bytes(run_dir, other):
    name = "weights.safetensors"
    assert (run_dir / name).read_bytes() == (other / name).read_bytes()


def test_a_loss_of_ones_own_is_what_falls_and_what_is_told(sample, run):
    config = TrainConfig(epochs=2, batch_size=40, learning_rate=0.01, l2=0)
    network, history = run(sample, None, config, LINEAR, loss=zero_one_squares)
    logits = network(tf.constant(sample.test.images / 255, tf.float32)).numpy()
    squares = ((logits - np.eye(10)[sample.test.labels]) ** 2).sum(axis=1).mean()
    assert history[-1].test_loss == pytest.approx(squares, rel=1e-5)
    assert history[-1].train_loss < history[0].train_loss


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        (lambda logits, labels: tf.reduce_mean(my_cross_entropy(logits, labels)), "float32 []"),
        (lambda logits, labels: tf.cast(logits[:, 0], tf.float64), "float64 [2]"),
        (lambda logits, labels: logits, "float32 [2, 10]"),
    ],
)
def test_a_loss_of_another_shape_is_refused(sample, run, loss, found):
    expected = rf"^loss: expected float32 \[2\] of two images, found {re.escape(found)} from \S+$"
    with pytest.raises(InputError, match=expected):
        run(sample, loss=loss)


def test_frozen_weights_and_their_statistics_keep_their_bytes(sample, tmp_path, run):
    network, _ = run(sample, tmp_path, frozen=FROZEN)
    untrained = Network(network.architecture, (28, 28, 1), seed=0)
    frozen = ("conv1/", "batchnorm1/")
    moved = [path for path, value in network.tensors().items() if not path.startswith("input/")]
    for path in moved:
        kept = network.tensors()[path].tobytes() == untrained.tensors()[path].tobytes()
        assert kept == path.startswith(frozen), path
    # No L2 step, no slot, and nothing of it in the penalty.
    first = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    kernel = untrained.weights[KERNEL].numpy()
    assert first["l2_penalty"] < 0.0005 * (kernel**2).sum() * 1.5
    config = json.loads((tmp_path / "config.json").read_text())
    wanted = ["conv1/kernel", "conv1/bias", "batchnorm1/scale", "batchnorm1/offset"]
    assert config["frozen"] == wanted


def test_a_batch_normalisation_that_learns_anything_moves_its_statistics(sample, run):
    network, _ = run(sample, frozen=["batchnorm1/scale"])
    assert network.state["batchnorm1/moving_mean"].numpy().any()


def test_the_weights_that_learn_take_the_same_steps_as_if_alone(sample, run):
    """Softmax regression on a frozen flatten: the first layer's frozen bias takes no part."""
    text, config = "flatten dense(10,act=linear)", TrainConfig(epochs=1, batch_size=40, clip_norm=0)
    whole, _ = run(sample, None, config, text)
    part, _ = run(sample, None, dataclasses.replace(config, l2=0), text, frozen=["*/bias"])
    assert not part.weights["dense1/bias"].numpy().any()
    assert whole.weights["dense1/bias"].numpy().any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frozen": "conv1/*"}, "frozen: expected a list of paths, found the text 'conv1/*'"),
        ({"frozen": ["conv2/*"]}, "frozen: expected a path such as conv1/kernel, conv1/bias, "),
        ({"frozen": ["*"]}, "frozen: expected some weight that learns, found all 6 frozen"),
        ({"initial": "no/such/folder"}, "initial: no/such/folder: expected a weights file"),
        ({"callbacks": do_nothing}, "callbacks: expected a list of functions, found "),
        ({"initial_paths": ["x"]}, "initial_paths: expected initial weights beside it, found none"),
        ({"initial": 3}, "initial: expected a run's folder, a weights file or a Network, found i"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(sample, run, options, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}") as caught:
        run(sample, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["folder", "file", "network"])
def test_a_training_begins_with_the_weights_of_another(
    finished, sample, tmp_path, run, choices, kind, capsys
):
    run_dir, network, _ = finished
    sources = {"folder": run_dir, "file": run_dir / "weights.safetensors", "network": network}
    still = dataclasses.replace(choices, epochs=0)
    found, history = run(sample, tmp_path, still, initial=sources[kind], progress=True)
    assert history == []
    for path, value in network.tensors().items():
        np.testing.assert_array_equal(found.tensors()[path], value, err_msg=path)
    printed = capsys.readouterr().out
    told = json.loads((tmp_path / "config.json").read_text())["initial"]
    assert told["weights"] == ("given from Python" if kind == "network" else str(sources[kind]))
    moved = [path for path in found.state if not path.startswith("input/")]
    assert told["taken"] == [*found.weights, *moved]
    assert all(path in printed for path in told["taken"])


def test_weights_of_another_shape_are_refused_and_can_be_left_out(sample):
    theirs = Network(parse("conv(3,5) flatten dense(7,act=linear)"), (28, 28, 1), seed=5)
    ours = Network(parse("conv(3,5) flatten dense(10,act=linear)"), (28, 28, 1), seed=1)
    before = ours.tensors()
    message = "initial: dense1/kernel: expected float32 (1728, 10), found (1728, 7) in given from"
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        tfcnn.training.take_weights(ours, theirs)
    for path, value in before.items():
        np.testing.assert_array_equal(ours.tensors()[path], value)
    found = tfcnn.training.take_weights(ours, theirs, ["conv*"])
    assert found.taken == ("conv1/kernel", "conv1/bias")
    assert found.left == ("dense1/kernel", "dense1/bias")
    np.testing.assert_array_equal(ours.weights["conv1/kernel"], theirs.weights["conv1/kernel"])
    np.testing.assert_array_equal(ours.weights[KERNEL], before[KERNEL])
    with pytest.raises(InputError, match=r"^initial_paths: expected a path such as conv1/kernel"):
        tfcnn.training.take_weights(ours, theirs, ["conv7/*"])
    other = Network(parse("depthwise(3) flatten"), (9, 9, 1))
    with pytest.raises(InputError, match=r"^initial: expected weights at paths such as conv1/ker"):
        tfcnn.training.take_weights(ours, other)


def test_a_callback_is_told_every_call_and_every_epoch(sample, run):
    config, reports = TrainConfig(epochs=2, batch_size=50, l2=0.01, learning_rate=0.02), []
    _, history = run(sample, None, config, LINEAR, callbacks=[lambda r: reports.append(r)])
    assert [(r.epoch, r.step, r.metrics is None) for r in reports] == [
        *((1, 4, True), (1, 8, True), (1, 8, False), (2, 12, True), (2, 16, True), (2, 16, False))
    ]
    for row, at in zip(history, (0, 3), strict=True):
        first, second, whole = reports[at : at + 3]
        assert whole.metrics == row
        assert (first.loss + second.loss) / 2 == pytest.approx(row.train_loss, rel=1e-6)
        assert whole.loss == row.train_loss
        assert second.learning_rate == whole.learning_rate == row.learning_rate
        assert second.l2_penalty == row.l2_penalty
        for path, norm in whole.gradient_norms.items():
            mean = (first.gradient_norms[path] + second.gradient_norms[path]) / 2
            assert norm == pytest.approx(mean, rel=1e-12)


def test_norms_of_gradients_are_those_of_an_independent_tape(sample, run):
    """One step an epoch, so that the mean is the one."""
    config, found = TrainConfig(epochs=1, batch_size=400, l2=0.01, clip_norm=0.001), []
    text = "conv(3,5) max(2) flatten dense(10,act=linear)"
    network = Network(parse(text), (28, 28, 1), seed=config.seed)
    network.normalize_to(sample.train.images)
    with tf.GradientTape() as tape:
        losses = my_cross_entropy(
            network(tf.constant(sample.train.images / 255, tf.float32)), sample.train.labels
        )
        kernels = [v for path, v in network.weights.items() if path.endswith("kernel")]
        penalty = 0.01 * tf.add_n([tf.reduce_sum(kernel**2) for kernel in kernels])
        loss = tf.reduce_mean(losses) + penalty
    wanted = tape.gradient(loss, dict(network.weights))

    def keep(report):
        found.append((report.gradient_norms, report.weight_norms))

    trained, _ = run(sample, None, config, text, callbacks=[keep])
    gradients, weights = found[-1]
    assert list(gradients) == list(weights) == list(network.weights)
    for path, norm in gradients.items():
        assert norm == pytest.approx(np.linalg.norm(wanted[path].numpy()), rel=1e-4), path
        kept = trained.weights[path].numpy().ravel().astype(np.float64)
        assert weights[path] == pytest.approx(np.sqrt((kept**2).sum()), rel=1e-9)


def test_a_callback_ends_the_training_as_if_it_were_done(
    finished, sample, tmp_path, run, checkpoint_steps_in
):
    def end(report):
        return report.step >= 20

    _, history = run(sample, tmp_path, callbacks=[end])
    assert [row.epoch for row in history] == [1]
    assert checkpoint_steps_in(tmp_path) == [0, 13, 21]
    assert load_run(tmp_path).classes == 10

    # The same call goes on: this callback ends it at the next look.
    _, history = run(sample, tmp_path, callbacks=[end])
    assert checkpoint_steps_in(tmp_path) == [0, 13, 21, 25]
    for _ in range(20):
        if len(history) < 3:
            _, history = run(sample, tmp_path, callbacks=[end])
    same_bytes(tmp_path, finished[0])


def test_only_true_ends_it(sample, run):
    _, history = run(sample, callbacks=[lambda report: report.step])
    assert len(history) == 3


def bent_options(finished):
    return {
        "loss": my_cross_entropy,
        "frozen": ["conv1/*"],
        "initial": finished[0],
        "callbacks": [do_nothing, functools.partial(do_nothing)],
        "log_norms": True,
    }


@pytest.fixture(scope="module")
def bent(finished, sample, tmp_path_factory):
    """An uninterrupted run with every bend, a checkpoint every 4 steps."""
    run_dir = tmp_path_factory.mktemp("bent") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "STEPS_A_CALL", 4)
        bent_run(sample, run_dir, finished)
    return run_dir


def bent_run(sample, run_dir, finished, **other):
    text = "conv(3,5,stride=3) batchnorm flatten dropout(0.2) dense(10,act=linear)"
    config = TrainConfig(epochs=2, batch_size=32, learning_rate=0.08, l2=0.0005)
    network = Network(parse(text), (28, 28, 1))
    options = {**bent_options(finished), "checkpoint_steps": 4, "progress": False, **other}
    return train(network, sample, config, run_dir, **options)


@pytest.mark.parametrize("step", [0, 4, 8, 12, 13, 16, 20, 24, 26])
def test_bent_and_interrupted_anywhere_it_goes_on_to_the_same_bytes(
    bent, finished, sample, tmp_path, step
):
    copy = shutil.copytree(bent, tmp_path / "run")
    for later in copy.glob("checkpoints/*"):
        if int(later.name.removeprefix("step-")) > step:
            shutil.rmtree(later)
    (copy / "weights.safetensors").unlink()
    bent_run(sample, copy, finished)
    for name in ("weights.safetensors", "norms.jsonl", "config.json"):
        assert (copy / name).read_bytes() == (bent / name).read_bytes(), name


def test_a_signal_stops_a_bent_training_and_it_goes_on(
    bent, finished, sample, tmp_path, monkeypatch, signal_after_calls
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 2)
        with pytest.raises(Stopped):
            bent_run(sample, tmp_path / "run", finished)
    bent_run(sample, tmp_path / "run", finished)
    for name in ("weights.safetensors", "norms.jsonl"):
        assert (tmp_path / "run" / name).read_bytes() == (bent / name).read_bytes(), name


def test_config_json_names_what_came_from_python(bent, finished):
    config = Run(bent).config
    assert config["loss"] == f"given from Python: {__name__}.my_cross_entropy"
    assert config["callbacks"] == [f"given from Python: {__name__}.do_nothing"] * 2
    assert config["initial"]["weights"] == str(finished[0])
    assert config["log_norms"] is True
    assert TrainConfig(**config["training"]).epochs == 2


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"loss": tfcnn.training.cross_entropy}, "loss='given from Python: "),
        ({"callbacks": []}, "callbacks=['given from Python: "),
        ({"frozen": []}, "frozen=['conv1/kernel', 'conv1/bias'], found None"),
        ({"initial": None}, "initial.weights='"),
        ({"log_norms": False}, "log_norms=True, found None"),
    ],
)
def test_a_run_goes_on_with_the_same_bends_only(bent, finished, sample, other, named):
    before = {path: path.read_bytes() for path in bent.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=re.escape(named)) as caught:
        bent_run(sample, bent, finished, **other)
    assert str(caught.value).startswith(f"run_dir: {bent} was begun with ")
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in bent.rglob("*") if path.is_file()} == before


def test_rows_of_norms(bent):
    rows = [json.loads(line) for line in (bent / "norms.jsonl").read_text().splitlines()]
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 13), (2, 26)]
    network = load_run(bent)
    for row in rows:
        assert list(row["weights"]) == list(network.weights)
        assert list(row["gradients"]) == [p for p in network.weights if not p.startswith("conv1")]
        assert all(norm > 0 for norm in row["gradients"].values())
    for path, weight in network.weights.items():
        assert rows[-1]["weights"][path] == pytest.approx(np.linalg.norm(weight), rel=1e-5)


def test_nothing_but_the_start_weights_with_no_epoch(sample, tmp_path, run, choices):
    still = dataclasses.replace(choices, epochs=0)
    network, history = run(sample, tmp_path / "run", still)
    assert history == []
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == ""
    untrained = Network(network.architecture, (28, 28, 1), seed=still.seed)
    untrained.normalize_to(sample.train.images)
    for path, value in load_run(tmp_path / "run").tensors().items():
        np.testing.assert_array_equal(value, untrained.tensors()[path])
    assert [step for step, _ in Run(tmp_path / "run").states()] == [0]


def test_from_no_epoch_it_goes_on_as_from_the_start(finished, sample, tmp_path, run, choices):
    run(sample, tmp_path, dataclasses.replace(choices, epochs=0))
    run(sample, tmp_path)
    same_bytes(tmp_path, finished[0])


def test_nan_in_a_weight_ends_the_training_though_the_loss_is_finite(sample, tmp_path, run):
    """A maximum on a processor leaves it out: a bias of NaN before the pool reaches no logit."""

    def spoil(report):
        bias = report.network.weights["conv1/bias"]
        if report.step == 4:
            bias.assign([float("nan"), *bias.numpy()[1:]])
            assert np.isfinite(report.loss)

    text = "conv(4,3,stride=2) max(2) flatten dense(10,act=linear)"
    config = TrainConfig(epochs=1, batch_size=40, learning_rate=0.01)
    with pytest.raises(FloatingPointError, match=r"^(conv1/bias has 1 NaN of 4|the loss is) "):
        run(sample, tmp_path, config, text, callbacks=[spoil], checkpoint_steps=4)


def test_a_network_with_nan_is_not_trained(sample):
    network = Network(parse(LINEAR), (28, 28, 1))
    network.weights["dense1/bias"].assign([np.nan] * 10)
    expected = "^network: dense1/bias: expected finite numbers, found 10 NaN of 10$"
    with pytest.raises(InputError, match=expected):
        train(network, sample, TrainConfig(epochs=1), progress=False)

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import threading

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tfcnn.data import Dataset, Split
from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.training import (
    Stopped,
    TrainConfig,
    batches,
    checkpoints,
    load_best,
    load_run,
    train,
    trainer,
)
from tfcnn.training.progress import Progress
from tfcnn.training.run_lock import RunLock

# Dropout and batch normalisation have what a resume could lose: random numbers and state.
ARCHITECTURE = "conv(3,5,stride=3) batchnorm flatten dropout(0.2) dense(10,act=linear)"
# 13 steps an epoch, the last with 16 images; at most 4 a call.
CONFIG = TrainConfig(epochs=3, batch_size=32, learning_rate=0.08, l2=0.0005)
LINEAR = "flatten dense(10,act=linear)"


@pytest.fixture(autouse=True)
def few_steps_a_call(monkeypatch):
    monkeypatch.setattr(trainer, "STEPS_A_CALL", 4)


def run(data, run_dir=None, config=CONFIG, text=ARCHITECTURE, **options):
    network = Network(parse(text), data.train.images.shape[1:], seed=config.seed)
    history = train(network, data, config, run_dir, **{"progress": False} | options)
    return network, history


@pytest.fixture(scope="module")
def finished(sample, tmp_path_factory):
    """An uninterrupted run: its folder, network and history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "STEPS_A_CALL", 4)
        run_dir = tmp_path_factory.mktemp("runs") / "finished"
        return run_dir, *run(sample, run_dir)


def weight_bytes(run_dir):
    return (run_dir / "weights.safetensors").read_bytes()


def checkpoint_steps_in(run_dir):
    return sorted(int(path.name.removeprefix("step-")) for path in run_dir.glob("checkpoints/*"))


def without_times(history):
    return [dataclasses.replace(row, seconds=0, images_per_second=0) for row in history]


def signal_after_calls(monkeypatch, calls, number=signal.SIGINT):
    """Raises a signal while the compiled call with this number is under way."""
    advance, count = trainer.Trainer.advance, iter(range(1, 1000))

    def advance_and_raise(*args, **kwargs):
        if next(count) == calls:
            signal.raise_signal(number)
        return advance(*args, **kwargs)

    monkeypatch.setattr(trainer.Trainer, "advance", advance_and_raise)


def test_a_separable_problem_is_learnt_to_the_last_image():
    """Three classes: a bright bar above, in the middle or below, in noise."""
    generator = np.random.default_rng(0)

    def split(count):
        labels = generator.integers(0, 3, count).astype(np.int32)
        images = generator.integers(0, 100, (count, 9, 9, 1)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[3 * label + 1] += 120
        return Split(images, labels)

    planted = Dataset("planted", 3, ("above", "middle", "below"), split(300), split(200), {})
    text = "conv(4,3) max(2) flatten dense(3,act=linear)"
    network, history = run(
        planted, None, TrainConfig(epochs=4, batch_size=20, learning_rate=0.08), text
    )
    assert history[-1].train_accuracy == history[-1].test_accuracy == 1.0
    assert history[0].train_accuracy < 1.0
    logits = network(tf.constant(planted.test.images / 255, tf.float32)).numpy()
    assert np.array_equal(logits.argmax(axis=1), planted.test.labels)


def test_files_of_a_run(finished, sample):
    run_dir, network, history = finished
    assert {path.name for path in run_dir.iterdir()} == {
        "config.json",
        "environment.json",
        "metrics.jsonl",
        "checkpoints",
        "tensorboard",
        "weights.safetensors",
    }
    config = json.loads((run_dir / "config.json").read_text())
    assert config["dataset"]["checksums"] == sample.checksums
    assert config["training"] == dataclasses.asdict(CONFIG)
    lines = (run_dir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [row.to_json() for row in history]
    assert checkpoint_steps_in(run_dir) == [0, 13, 26, 39]
    images = tf.constant(sample.test.images / 255, tf.float32)
    np.testing.assert_array_equal(load_run(run_dir)(images), network(images))


def test_history(finished):
    _, _, history = finished
    assert [row.epoch for row in history] == [1, 2, 3]
    assert [row.step for row in history] == [13, 26, 39]
    assert history[-1].train_loss < history[0].train_loss


def test_input_is_normalised_to_the_training_images(finished, sample):
    _, network, _ = finished
    pixels = sample.train.images / 255
    assert network.state["input/mean"].numpy() == pytest.approx([pixels.mean()], rel=1e-5)
    assert network.state["input/deviation"].numpy() == pytest.approx([pixels.std()], rel=1e-5)


def test_test_images_choose_nothing(finished, sample, tmp_path):
    generator = np.random.default_rng(0)
    scrambled = Split(
        generator.integers(0, 256, sample.test.images.shape).astype(np.uint8),
        generator.permutation(sample.test.labels),
    )
    _, history = run(dataclasses.replace(sample, test=scrambled), tmp_path)
    assert history[-1].test_accuracy != finished[2][-1].test_accuracy
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_the_seed_decides_every_bit(finished, sample, tmp_path):
    for name, seed in (("same", 0), ("other", 1)):
        run(sample, tmp_path / name, dataclasses.replace(CONFIG, seed=seed))
    assert weight_bytes(tmp_path / "same") == weight_bytes(finished[0])
    assert weight_bytes(tmp_path / "other") != weight_bytes(finished[0])


def test_without_a_folder_the_result_is_the_same(finished, sample):
    network, history = run(sample)
    assert without_times(history) == without_times(finished[2])
    for path, weight in network.weights.items():
        np.testing.assert_array_equal(weight, finished[1].weights[path])


@pytest.mark.parametrize(
    ("calls", "number", "saved"),
    [
        (6, signal.SIGINT, 21),  # In the second epoch.
        (8, signal.SIGTERM, 26),  # In its last call.
    ],
)
def test_a_stopped_run_goes_on_to_the_same_bytes(
    finished, sample, tmp_path, monkeypatch, calls, number, saved
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, calls, number)
        with pytest.raises(Stopped) as stopped:
            run(sample, tmp_path)
    assert stopped.value.signal_number == number
    assert checkpoint_steps_in(tmp_path)[-1] == saved
    assert not (tmp_path / "weights.safetensors").exists()

    _, history = run(sample, tmp_path, resume="must")
    assert without_times(history) == without_times(finished[2])
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 3
    # However it was stopped, TensorBoard has every epoch once.
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in board.Tensors("train_loss")] == [1, 2, 3]


def test_checkpoints_between_change_no_bit(finished, sample, tmp_path):
    # At most 4 steps a call, 13 an epoch: every boundary falls into another place of a call.
    run(sample, tmp_path, checkpoint_steps=5)
    assert checkpoint_steps_in(tmp_path) == [0, 5, 10, 13, 15, 20, 25, 26, 30, 35, 39]
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_the_first_checkpoint_is_the_untrained_network(finished, sample):
    untrained = Network(parse(ARCHITECTURE), (28, 28, 1), seed=CONFIG.seed)
    network = Network(parse(ARCHITECTURE), (28, 28, 1), seed=99)
    state = trainer.Trainer(network, sample, CONFIG).state
    assert checkpoints.restore(finished[0] / "checkpoints" / "step-00000000", state) == Progress()
    for path, weight in untrained.weights.items():
        np.testing.assert_array_equal(network.weights[path], weight)


@pytest.mark.parametrize("name", ["checkpoint_steps", "keep_checkpoints"])
@pytest.mark.parametrize("value", [0, -3])
def test_arguments_below_one_are_refused(sample, name, value):
    with pytest.raises(InputError, match=f"^{name}: expected at least 1, found {value}$"):
        run(sample, **{name: value})


def test_a_run_stopped_before_its_last_file_needs_no_step_more(
    finished, sample, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 12)  # The last of all.
        with pytest.raises(Stopped):
            run(sample, tmp_path)
        assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 3
        patch.setattr(trainer.Trainer, "advance", None)
        run(sample, tmp_path)
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_a_finished_run_started_again_changes_nothing(sample, tmp_path, monkeypatch):
    _, before = run(sample, tmp_path, text=LINEAR)

    def contents():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    files = contents()
    monkeypatch.setattr(trainer.Trainer, "advance", None)
    _, history = run(sample, tmp_path, text=LINEAR)
    assert history == before
    assert contents() == files


def test_a_run_may_grow(sample, tmp_path):
    longer = dataclasses.replace(CONFIG, epochs=5)
    constant = {"schedule": "constant", "end_learning_rate": None, "warmup": 0.0}
    short, longer = (dataclasses.replace(c, **constant) for c in (CONFIG, longer))
    _, first = run(sample, tmp_path / "grown", short, LINEAR)
    _, grown = run(sample, tmp_path / "grown", longer, LINEAR)
    # With a constant rate it ends where a run of five epochs ends.
    run(sample, tmp_path / "at_once", longer, LINEAR)
    assert grown[:3] == first
    assert weight_bytes(tmp_path / "grown") == weight_bytes(tmp_path / "at_once")


def test_refusals_come_before_the_first_step(finished, sample, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer.Trainer, "advance", None)
    (tmp_path / "file").touch()
    changed = dataclasses.replace(CONFIG, l2=0.25)
    for run_dir, config, message in (
        (tmp_path / "file" / "run", CONFIG, "run_dir: expected a folder to write to"),
        (tmp_path, CONFIG, "run_dir: expected a new or empty folder or a run"),
        (finished[0], changed, r"was begun with training\.l2=0\.0005, found 0\.25"),
    ):
        with pytest.raises(InputError, match=message):
            run(sample, run_dir, config)


def test_a_damaged_checkpoint_costs_time_but_changes_no_bit(
    finished, sample, tmp_path, monkeypatch, capsys
):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 6)
        with pytest.raises(Stopped):
            run(sample, tmp_path)
    [data] = tmp_path.glob("checkpoints/step-00000021/state.data*")
    data.write_bytes(data.read_bytes()[:-1])
    capsys.readouterr()
    _, history = run(sample, tmp_path)
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith(f"{data}: expected SHA-256")
    assert told.endswith("set aside as " + str(tmp_path / "checkpoints" / "damaged-step-00000021"))
    assert without_times(history) == without_times(finished[2])
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_the_best_epoch_on_the_images_held_out_can_be_loaded(sample, tmp_path):
    # The rate grows until it harms: the best epoch is not the last.
    config = dataclasses.replace(
        CONFIG, epochs=4, validation_size=100, learning_rate=0.01, warmup=0, end_learning_rate=60.0
    )
    _, history = run(sample, tmp_path, config, LINEAR, keep_checkpoints=1)
    best = max(history, key=lambda row: row.validation_accuracy)
    assert best.epoch < 4
    network = load_best(tmp_path)
    _, held_out = batches.split_validation(400, 100, config.seed)
    logits = network(tf.constant(sample.train.images[held_out] / 255, tf.float32)).numpy()
    right = logits.argmax(axis=1) == sample.train.labels[held_out]
    assert right.mean() == best.validation_accuracy


def test_without_images_held_out_there_is_no_best(finished):
    with pytest.raises(InputError, match="expected a training with validation_size above 0"):
        load_best(finished[0])


def test_one_training_at_a_time(finished, sample, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    lock = RunLock(tmp_path / "run" / "lock")
    lock.acquire()
    with pytest.raises(
        InputError, match=f"expected no other training in {tmp_path}/run, found pro"
    ):
        run(sample, tmp_path / "run")
    lock.release()
    run(sample, tmp_path / "run")
    assert not (tmp_path / "run" / "lock").exists()


def test_weights_that_the_last_step_ruined_are_not_saved(sample, tmp_path):
    # The first step has a finite loss, and moves the weights beyond all numbers.
    config = TrainConfig(
        epochs=1, batch_size=40, learning_rate=1e39, warmup=0, schedule="constant", l2=0
    )
    with pytest.raises(
        FloatingPointError, match=r"^a value of dense1/kernel is -?(inf|nan) at step 1"
    ):
        run(sample, tmp_path, config, LINEAR, checkpoint_steps=1)
    assert checkpoint_steps_in(tmp_path) == [0]


def test_it_says_where_it_goes_on_and_that_it_is_finished(sample, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        signal_after_calls(patch, 2)
        with pytest.raises(Stopped):
            run(sample, tmp_path, text=LINEAR)
    for told in ("goes on after step 8, in epoch 1", "the run is finished: 3 epochs were done"):
        run(sample, tmp_path, text=LINEAR, progress=True)
        assert capsys.readouterr().out.startswith(told)


def test_a_loss_beyond_all_numbers_keeps_the_last_checkpoint(sample, tmp_path):
    # One step an epoch: the first at a rate of 0.001, the second at a quarter of 1e38.
    config = TrainConfig(
        epochs=3, batch_size=400, learning_rate=0.001, end_learning_rate=1e38, warmup=0
    )
    with pytest.raises(
        FloatingPointError, match=r"at step 2, where the learning rate was 2\.5e\+37: "
    ):
        run(sample, tmp_path, config, LINEAR)
    assert checkpoint_steps_in(tmp_path) == [0, 1]
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "weights.safetensors").exists()


def test_it_works_outside_the_main_thread(finished, sample):
    results = []
    thread = threading.Thread(target=lambda: results.append(run(sample)))
    thread.start()
    thread.join()
    assert without_times(results[0][1]) == without_times(finished[2])


def test_a_table_only_where_it_is_wanted(sample, capsys):
    run(sample, text=LINEAR)
    quiet = capsys.readouterr()
    assert (quiet.out, quiet.err) == ("", "")
    _, history = run(sample, text=LINEAR, progress=True)
    shown = capsys.readouterr()
    head, *rows = shown.out.splitlines()
    assert head.split()[:3] == ["epoch", "step", "rate"]
    assert [row.split()[:2] for row in rows] == [["1", "13"], ["2", "26"], ["3", "39"]]
    assert f"{history[-1].test_accuracy:.2%}" in rows[-1]
    assert "epoch 3" in shown.err

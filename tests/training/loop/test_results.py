"""What a training makes: the network, its history, its files, its table."""

from __future__ import annotations

import dataclasses
import json
import threading

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.data import Dataset, Split
from tfcnn.errors import InputError
from tfcnn.model import Network
from tfcnn.runs import checkpoints, load_run
from tfcnn.runs.progress import Progress
from tfcnn.training import TrainConfig, trainer

LINEAR = "flatten dense(10,act=linear)"


def test_a_separable_problem_is_learnt_to_the_last_image(run):
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


def test_files_of_a_run(finished, sample, choices, checkpoint_steps_in):
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
    assert config["training"] == dataclasses.asdict(choices)
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


def test_test_images_choose_nothing(finished, sample, tmp_path, run, weight_bytes):
    generator = np.random.default_rng(0)
    scrambled = Split(
        generator.integers(0, 256, sample.test.images.shape).astype(np.uint8),
        generator.permutation(sample.test.labels),
    )
    _, history = run(dataclasses.replace(sample, test=scrambled), tmp_path)
    assert history[-1].test_accuracy != finished[2][-1].test_accuracy
    assert weight_bytes(tmp_path) == weight_bytes(finished[0])


def test_the_seed_decides_every_bit(finished, sample, tmp_path, run, choices, weight_bytes):
    for name, seed in (("same", 0), ("other", 1)):
        run(sample, tmp_path / name, dataclasses.replace(choices, seed=seed))
    assert weight_bytes(tmp_path / "same") == weight_bytes(finished[0])
    assert weight_bytes(tmp_path / "other") != weight_bytes(finished[0])


def test_without_a_folder_the_result_is_the_same(finished, sample, run, without_times):
    network, history = run(sample)
    assert without_times(history) == without_times(finished[2])
    for path, weight in network.weights.items():
        np.testing.assert_array_equal(weight, finished[1].weights[path])


def test_the_first_checkpoint_is_the_untrained_network(finished, sample, choices):
    untrained = Network(finished[1].architecture, (28, 28, 1), seed=choices.seed)
    network = Network(finished[1].architecture, (28, 28, 1), seed=99)
    state = trainer.Trainer(network, sample, choices).state
    assert checkpoints.restore(finished[0] / "checkpoints" / "step-00000000", state) == Progress()
    for path, weight in untrained.weights.items():
        np.testing.assert_array_equal(network.weights[path], weight)


@pytest.mark.parametrize("name", ["checkpoint_steps", "keep_checkpoints"])
@pytest.mark.parametrize("value", [0, -3])
def test_arguments_below_one_are_refused(sample, name, value, run):
    with pytest.raises(InputError, match=f"^{name}: expected at least 1, found {value}$"):
        run(sample, **{name: value})


def test_it_works_outside_the_main_thread(finished, sample, run, without_times):
    results = []
    thread = threading.Thread(target=lambda: results.append(run(sample)))
    thread.start()
    thread.join()
    assert without_times(results[0][1]) == without_times(finished[2])


def test_a_table_only_where_it_is_wanted(sample, capsys, run):
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

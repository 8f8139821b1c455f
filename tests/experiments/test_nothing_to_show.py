"""Programs on runs without what they are asked for: no mistakes, no kernels."""

from __future__ import annotations

import numpy as np
import pytest

import tfcnn


@pytest.fixture
def save_reader(tmp_path, sample):
    """Saves the linear network that gives the test images the labels it is told."""
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))

    def save(change_labels):
        pixels = sample.test.images.reshape(len(sample.test.images), -1) / 255
        wanted = np.eye(10)[change_labels(sample.test.labels.copy())]
        network.weights["dense1/kernel"].assign(np.linalg.lstsq(pixels, wanted, rcond=None)[0])
        tfcnn.runs.save_as_run(tmp_path, network, sample, {})
        return f"--run_dir={tmp_path}"

    return save


def confusions_in(done):
    assert done.written()
    return [line for line in done.stdout.splitlines() if "taken for" in line]


def test_classes_of_a_perfect_network_says_that_there_is_no_mistake(run_program, save_reader):
    done = run_program("classes", save_reader(lambda labels: labels), "--layer=flatten")
    assert confusions_in(done) == ["no test image is taken for one of another class"]


def test_classes_shows_no_more_confusions_than_there_are(run_program, save_reader):
    def confuse(labels):
        labels[np.flatnonzero(labels == 4)[:2]] = 9
        labels[np.flatnonzero(labels == 3)[:1]] = 5
        return labels

    done = run_program("classes", save_reader(confuse), "--layer=flatten")
    found = [line.partition(";")[0] for line in confusions_in(done)]
    assert found == ["2 of class 4 taken for 9", "1 of class 3 taken for 5"]


def test_weights_over_the_checkpoints_without_kernels_has_no_empty_table(
    run_program, tmp_path, sample
):
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=1, batch_size=32)
    tfcnn.training.train(network, sample, config, tmp_path, progress=False)
    done = run_program("weights", f"--run_dir={tmp_path}", "--checkpoints=all", "--layer=dense1")
    assert done.returncode == 0, done.stderr
    *_, last = done.stdout.splitlines()
    assert last == "no kernels to follow over the checkpoints: no conv layer among dense1"
    assert "mean correlation" not in done.stdout

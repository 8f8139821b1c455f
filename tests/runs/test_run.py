"""A run as a thing: what of its folder can be had, and what is said where that is not there."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tfcnn
from tfcnn.data import Preparation
from tfcnn.errors import InputError
from tfcnn.runs import Run


def test_a_run_gives_all_that_its_folder_holds(tmp_path, sample, small_network):
    small_network.normalize_to(sample.train.images)
    tfcnn.runs.save_as_run(tmp_path, small_network, sample, {"weights": "elsewhere"})
    run = tfcnn.open_run(tmp_path)
    assert run.plots == tmp_path / "plots"
    assert run.config["imported"] == {"weights": "elsewhere"}
    assert run.class_names == tuple("0123456789")
    np.testing.assert_array_equal(run.data().test.images, sample.test.images)
    images = tf.constant(sample.test.images / 255, tf.float32)
    expected = small_network(images).numpy()
    assert np.abs(expected).max() > 0.1
    np.testing.assert_array_equal(run.network()(images), expected)
    np.testing.assert_array_equal(tfcnn.load_run(tmp_path)(images), expected)


def test_a_folder_without_any_run_is_refused_when_it_is_opened(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"^run_dir: expected a folder with a run's .*found"):
            tfcnn.open_run(folder)


def test_a_run_that_was_not_finished_is_opened_but_has_no_network(tmp_path):
    (tmp_path / "config.json").write_text('{"architecture": "flatten"}')
    run = tfcnn.open_run(tmp_path)
    assert run.config == {"architecture": "flatten"}
    for read in (run.network, lambda: tfcnn.load_run(tmp_path), run.best):
        with pytest.raises(InputError, match=r"^run_dir: .*weights\.safetensors, found none"):
            read()
    with pytest.raises(InputError, match=r"expected checkpoints in .*, found none"):
        run.states()


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere/config\.json: expected a JSON file"):
        _ = Run(tmp_path / "nowhere").config


def test_damaged_weights_are_named(tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(InputError, match=r"weights\.safetensors: expected"):
        tfcnn.open_run(tmp_path).network()


@pytest.mark.parametrize("text", ["{}", '{"dataset": "mnist"}', '{"dataset": {"name": 3}}'])
def test_a_run_that_does_not_name_its_data(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json: dataset\.name: expected a text"):
        tfcnn.open_run(tmp_path).data()


def test_data_that_changed_since_are_refused(tmp_path, sample, small_network):
    run = tfcnn.runs.save_as_run(tmp_path, small_network, sample, {})
    config = json.loads(run.config.read_text())
    config["dataset"]["checksums"] = dict.fromkeys(config["dataset"]["checksums"], "0" * 64)
    run.config.write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"dataset: expected the data .*, found other checksums"):
        tfcnn.open_run(tmp_path).data()


@pytest.fixture
def moved(tmp_path, sample, small_network, monkeypatch):
    """A run whose data were named from a folder that is no longer the working one."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    shutil.copytree(pathlib.Path(sample.name.removeprefix("idx:")), home / "digits")
    elsewhere.mkdir()
    monkeypatch.chdir(home)
    tfcnn.runs.save_as_run(home / "run", small_network, tfcnn.data.load("idx:digits"), {})
    monkeypatch.chdir(elsewhere)
    return home


def test_data_are_found_from_another_working_directory(moved, sample):
    found = tfcnn.open_run(moved / "run").data()
    np.testing.assert_array_equal(found.test.images, sample.test.images)


def test_other_data_of_the_same_name_are_passed_over(moved, sample, tmp_path):
    here = tmp_path / "elsewhere" / "digits"  # Where this process is.
    shutil.copytree(moved / "digits", here)
    (here / "t10k-labels-idx1-ubyte.gz").unlink()
    found = tfcnn.open_run(moved / "run").data()
    np.testing.assert_array_equal(found.test.images, sample.test.images)


@pytest.mark.parametrize("case", ["{}", "{}/MNIST", "{}/mnist-train-images-idx3-ubyte.gz"])
def test_a_run_and_its_data_that_moved_together_are_found(
    moved, sample, tmp_path, monkeypatch, small_network, case
):
    """Named from the working folder, be it a folder, a set in it, or a file."""
    for file in (moved / "digits").iterdir():
        file.rename(file.with_name(f"mnist-{file.name}"))
    monkeypatch.chdir(moved)
    data = tfcnn.data.load("idx:" + case.format("digits"))
    tfcnn.runs.save_as_run(moved / "named", small_network, data, {})
    moved.rename(tmp_path / "new home")
    monkeypatch.chdir(tmp_path / "new home")
    found = tfcnn.open_run("named").data()
    np.testing.assert_array_equal(found.test.images, sample.test.images)


def test_data_that_moved_are_found_where_one_says(moved, sample, tmp_path):
    (moved / "digits").rename(tmp_path / "renamed")
    with pytest.raises(InputError, match=r"dataset: .*home/digits: expected a folder"):
        tfcnn.open_run(moved / "run").data()
    found = tfcnn.open_run(moved / "run", dataset=f"idx:{tmp_path / 'renamed'}").data()
    np.testing.assert_array_equal(found.test.images, sample.test.images)


def test_other_data_are_taken_only_knowingly_and_if_they_fit(moved, sample, tmp_path):
    shutil.copytree(moved / "digits", tmp_path / "other")
    labels = tmp_path / "other" / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(labels.read_bytes()))
    content[-1] = (content[-1] + 1) % 10
    labels.write_bytes(gzip.compress(content))
    there = f"idx:{tmp_path / 'other'}"
    with pytest.raises(InputError, match=r"found other checksums in idx:.*other; other_data goes"):
        tfcnn.open_run(moved / "run", dataset=there).data()
    found = tfcnn.open_run(moved / "run", dataset=there, other_data=True).data()
    assert found.test.labels[-1] == content[-1] != sample.test.labels[-1]
    with pytest.raises(InputError, match=r"^other_data: expected other data .*, found the same in"):
        tfcnn.open_run(moved / "run", other_data=True).data()


def test_other_data_of_another_size_are_refused(moved, tmp_path):
    for number in range(4):
        path = tmp_path / "tiny" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 60 * number, np.uint8)).save(path)
    with pytest.raises(
        InputError,
        match=r"images of shape \[28, 28, 1\] and 10 classes.*found \[8, 8, 1\] and 2 in",
    ):
        tfcnn.open_run(moved / "run", dataset=f"folder:{tmp_path / 'tiny'}", other_data=True).data()


def test_pictures_go_where_one_says(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert tfcnn.open_run(tmp_path).plots == tmp_path / "plots"
    assert tfcnn.open_run(tmp_path, output_dir=tmp_path / "out").plots == tmp_path / "out"


def test_pictures_on_other_data_have_a_folder_of_their_own():
    """Which has a name of its own: SHA-256 by hashlib of what was asked for."""
    run, out = Run(pathlib.Path("r")), pathlib.Path("out")
    assert dataclasses.replace(run, dataset="mnist").plots == pathlib.Path("r/plots")
    plots = {
        dataset: dataclasses.replace(run, dataset=dataset, other_data=True).plots
        for dataset in ("fashion_mnist", "folder:a/b", "folder:a_b", "folder_a_b", "x" * 300)
    }
    assert plots["fashion_mnist"] == pathlib.Path("r/plots/on_fashion_mnist")
    digits = hashlib.sha256(b"folder:a/b").hexdigest()[:8]
    assert plots["folder:a/b"] == pathlib.Path(f"r/plots/on_folder_a_b_{digits}")
    assert len(set(plots.values())) == len(plots)
    assert max(len(path.name) for path in plots.values()) < 80
    there = dataclasses.replace(run, dataset="emnist", other_data=True, output_dir=out)
    assert there.plots == out / "on_emnist"


def test_a_run_says_how_pictures_become_its_images(tmp_path, sample, small_network):
    mnist = Preparation("dark", "mass", 20)
    files = tfcnn.runs.save_as_run(tmp_path, small_network, sample, {})
    assert tfcnn.open_run(tmp_path).preparation() == mnist
    config = json.loads(files.config.read_text())
    # What is written counts; a run from before it was written is told by its data.
    config["preparation"] = {"ground": "bright", "centring": "none", "box": 0}
    files.config.write_text(json.dumps(config))
    assert tfcnn.open_run(tmp_path).preparation() == Preparation("bright")
    del config["preparation"]
    files.config.write_text(json.dumps(config))
    assert tfcnn.open_run(tmp_path).preparation() == mnist

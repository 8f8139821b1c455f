"""``train --dataset=...`` on every kind of data of one's own, as a process."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

ARCHITECTURE = "conv(4,5,stride=4) flatten dense(10,act=linear)"


@pytest.fixture(scope="module")
def digits(tmp_path_factory, sample):
    """The shipped digits in every format, and what is no data set."""
    folder = tmp_path_factory.mktemp("digits")
    arrays = {
        "x_train": sample.train.images[..., 0],
        "y_train": sample.train.labels,
        "x_test": sample.test.images[..., 0],
        "y_test": sample.test.labels,
    }
    np.savez(folder / "digits.npz", **arrays)
    np.savez(folder / "blank.npz", **{**arrays, "x_train": 0 * arrays["x_train"]})
    np.savez(folder / "shared.npz", **{**arrays, "x_test": arrays["x_train"][:100]})
    for split in ("train", "test"):
        images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
        rows = np.column_stack([labels, images.reshape(len(images), -1)])
        np.savetxt(folder / f"digits_{split}.csv", rows, "%d", ",")
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            path = folder / "pictures" / f"{split}ing" / str(label) / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
    (folder / "digits.mat").write_bytes(b"MATLAB 5.0 MAT-file")
    return folder


@pytest.fixture
def train(run_program, tmp_path):
    def run(dataset, **flags):
        choices = {"dataset": dataset, "arch": ARCHITECTURE, "run_dir": tmp_path / "run", **flags}
        return run_program("train", *(f"--{name}={value}" for name, value in choices.items()))

    return run


def test_the_same_digits_in_every_format_are_one_training(train, digits, sample_folder, tmp_path):
    """A run goes on with the same arrays from a file of another kind."""
    for epochs, kind in enumerate(
        (f"npz:{digits}/digits.npz", f"csv:{digits}/digits_train.csv"), 1
    ):
        done = train(kind, epochs=epochs, batch_size=16, resume="auto" if epochs == 1 else "must")
        assert done.returncode == 0, done.stderr
    idx = train(f"idx:{sample_folder}", run_dir=tmp_path / "idx", epochs=1, batch_size=16)
    assert idx.returncode == 0, idx.stderr
    run, other = (tmp_path / name / "metrics.jsonl" for name in ("run", "idx"))
    losses = [json.loads(path.read_text().splitlines()[0])["test_loss"] for path in (run, other)]
    assert losses[0] == losses[1]
    pictures = train(f"folder:{digits}/pictures", run_dir=tmp_path / "pictures", epochs=1)
    assert pictures.returncode == 0, pictures.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())["dataset"]
    assert config["class_names"] == list("0123456789")
    assert set(config["checksums"]) == {
        f"{split}-{part}" for split in ("train", "test") for part in ("images", "labels")
    }
    done = train(f"npz:{digits}/shared.npz", epochs=3, batch_size=16)
    assert done.returncode == 2
    assert "was begun with dataset.checksums.test-images=" in done.stderr.splitlines()[-1]


def test_test_images_of_the_training_are_counted(train, digits):
    done = train(f"npz:{digits}/shared.npz", epochs=1)
    assert done.returncode == 0
    told = f"npz:{digits}/shared.npz: 100 of 100 test images are training images too"
    assert told in done.stderr.splitlines()


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("npz:{}/blank.npz", "expected training images that differ, found blank ones only in npz:"),
        ("{}/digits.npz", "{0}/digits.npz: expected a prefix: npz:{0}/digits.npz fits what lies"),
        ("idx:{}/digits.npz", "; npz:{0}/digits.npz fits what lies there"),
        ("npz:{}/digits.mat", "; of .mat: read it with scipy.io.loadmat and save its arrays with"),
        ("folder:{}/pictures/training/1", "expected a sub-folder for each of two or more classes"),
    ],
)
def test_what_is_no_data_set_is_refused_in_one_line(train, digits, tmp_path, dataset, said):
    done = train(dataset.format(digits))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("train: --dataset: ") and said.format(digits) in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "run").exists()

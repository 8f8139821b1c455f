from __future__ import annotations

import pytest

from tfcnn.data import load
from tfcnn.errors import InputError


def fill(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


@pytest.mark.parametrize(
    ("name", "path", "prefix"),
    [
        ("emnist-letters-train-images-idx3-ubyte.gz", "", "idx:"),
        ("train-images.idx3-ubyte", "train-images.idx3-ubyte", "idx:"),
        ("mnist.NPZ", "mnist.NPZ", "npz:"),
        ("mnist.npz", "", "npz:"),
        ("train.csv", "train.csv", "csv:"),
        ("train.csv", "", "csv:"),
        ("cats/1.jpg", "", "folder:"),
        ("train/cats/1.PNG", "", "folder:"),
        ("pictures/train/cats/1.webp", "", "folder:"),
    ],
)
def test_a_bare_path_is_told_the_prefix_that_fits(tmp_path, monkeypatch, name, path, prefix):
    fill(tmp_path, "README", name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for root in (tmp_path, "~"):
        where = f"{root}/{path}"
        with pytest.raises(InputError) as caught:
            load(where, tfds_dir=tmp_path / "tfds")
        assert str(caught.value) == (
            f"dataset: {where}: expected a prefix: {prefix}{where} fits what lies there"
        )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("idx:{}/a.npz", "; npz:{}/a.npz fits what lies there"),
        ("folder:{}", "; npz:{} fits what lies there"),
        ("csv:{}", "; npz:{} fits what lies there"),
        ("npz:{}/b.mat", "; of .mat: read it with scipy.io.loadmat and save its arrays with numpy."
         "savez as x_train, y_train, x_test and y_test"),
        ("csv:{}/c.zip", "; of .zip: unpack it"),
        ("{}/c.zip", "; of .zip: unpack it"),
        ("folder:{}/d.png", "; of .png: name the folder that has a sub-folder for each class"),
    ],
)  # fmt: skip
def test_a_wrong_prefix_is_told_the_right_one(tmp_path, asked, said):
    fill(tmp_path, "a.npz", "b.mat", "c.zip", "d.png")
    with pytest.raises(InputError) as caught:
        load(asked.format(tmp_path), tfds_dir=tmp_path / "tfds")
    assert str(caught.value).endswith(said.format(tmp_path))


def test_a_damaged_file_under_the_right_prefix_is_told_no_other(tmp_path):
    fill(tmp_path, "a.npz", "b.csv")
    with pytest.raises(InputError, match=r"found File is not a zip file$"):
        load(f"npz:{tmp_path}/a.npz")

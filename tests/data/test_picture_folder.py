from __future__ import annotations

import hashlib
import json
import os
import subprocess

import numpy as np
import pytest
from PIL import Image

import tfcnn
from tfcnn.data import load, picture_folder
from tfcnn.errors import InputError


def save(path, pixels, **choices):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path, **choices)


def planted(label, number, channels=()):
    """A picture that says which one it is."""
    pixels = np.zeros((6, 4, *channels), np.uint8)
    pixels[0, 0], pixels[1, 1] = 100 + label, number
    return pixels


@pytest.fixture
def folder(tmp_path):
    """Ten pictures of each of three classes, written in no order."""
    names = ["ankle boot", "Zebra", "9"]
    for number in (3, 9, 0, 7, 1, 8, 2, 6, 5, 4):
        for name in names:
            label = sorted(names).index(name)
            save(tmp_path / "all" / name / f"{number}.png", planted(label, number))
    return tmp_path / "all"


def test_sub_folders_are_the_classes_and_every_picture_is_in_one_split(folder):
    data = load(f"folder:{folder}")
    assert data.class_names == ("9", "Zebra", "ankle boot")  # As Python sorts texts.
    assert (data.train.images.shape, data.test.images.shape) == ((24, 6, 4, 1), (6, 6, 4, 1))
    seen = []
    for split in (data.train, data.test):
        assert split.images.dtype == np.uint8 and split.labels.dtype == np.int32
        labels = split.images[:, 0, 0, 0] - 100
        assert labels.tolist() == split.labels.tolist()
        ordered = list(zip(labels.tolist(), split.images[:, 1, 1, 0].tolist(), strict=True))
        assert ordered == sorted(ordered)
        seen += ordered
    assert sorted(seen) == [(label, number) for label in range(3) for number in range(10)]
    assert np.bincount(data.test.labels).tolist() == [2, 2, 2]


def test_the_smallest_checksums_of_a_class_are_the_test_whatever_the_names(folder):
    data = load(f"folder:{folder}")
    for label, name in enumerate(data.class_names):
        digests = {
            int(path.stem): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (folder / name).iterdir()
        }
        expected = sorted(sorted(digests, key=digests.get)[:2])
        found = data.test.images[data.test.labels == label][:, 1, 1, 0]
        assert found.tolist() == expected
    for path in list(folder.rglob("*.png")):
        path.rename(path.with_name(f"other_{9 - int(path.stem)}.png"))
    renamed = load(f"folder:{folder}")
    for split in ("train", "test"):
        before, after = ({i.tobytes() for i in getattr(d, split).images} for d in (data, renamed))
        assert before == after
        assert data.checksums[split] != renamed.checksums[split]


def test_the_checksums_are_those_of_sha256sum(folder):
    data = load(f"folder:{folder}")
    for part in ("train", "test"):
        split = getattr(data, part)
        files = [
            f"{data.class_names[label]}/{image[1, 1, 0]}.png"
            for image, label in zip(split.images, split.labels, strict=True)
        ]
        said = subprocess.run(["sha256sum", *files], cwd=folder, capture_output=True, check=True)
        assert data.checksums[part] == hashlib.sha256(said.stdout).hexdigest()


def test_given_splits_are_kept(tmp_path):
    for part, count in (("train", 3), ("test", 2)):
        for label, name in enumerate("ab"):
            for number in range(count):
                save(tmp_path / part / name / f"{number}.png", planted(label, 10 * count + number))
    data = load(f"folder:{tmp_path}")
    assert data.train.images[:, 1, 1, 0].tolist() == [30, 31, 32] * 2
    assert data.test.images[:, 1, 1, 0].tolist() == [20, 21] * 2
    save(tmp_path / "test" / "c" / "0.png", planted(0, 0))
    with pytest.raises(InputError, match=r"^dataset: .*/test: expected no other .*train, found c$"):
        load(f"folder:{tmp_path}")


def test_names_that_are_all_numbers_are_in_the_order_of_numbers(tmp_path):
    for name in ("10", "2", "1", "11", "-3"):
        for number in range(2):
            save(tmp_path / "all" / name / f"{number}.png", planted(int(name), number))
    data = load(f"folder:{tmp_path}/all")
    assert data.class_names == ("-3", "1", "2", "10", "11")
    values = data.train.images[:, 0, 0, 0].astype(int) - 100
    assert [int(data.class_names[label]) for label in data.train.labels] == values.tolist()
    (tmp_path / "all" / "11").rename(tmp_path / "all" / "b")
    assert load(f"folder:{tmp_path}/all").class_names == ("-3", "1", "10", "2", "b")


def test_what_to_know_of_the_reading_is_told_once_a_kind(folder, caplog):
    for number in range(3):
        deep = np.full((6, 4), 200 + number, np.uint16)
        Image.fromarray(deep).save(folder / "9" / f"{number}.png")
    load(f"folder:{folder}")
    assert caplog.messages == [
        f"folder:{folder}: 3 of 30 pictures: declares 16 bits and holds 8: scaled by what it holds"
    ]


def test_grey_unless_a_pixel_has_a_colour(folder):
    for path in (folder / "Zebra").iterdir():
        save(path, np.repeat(planted(1, int(path.stem))[..., None], 3, axis=2))
    assert load(f"folder:{folder}").train.images.shape == (24, 6, 4, 1)
    pixels = np.zeros((6, 4, 3))
    pixels[5, 3] = 10, 10, 11
    save(folder / "9" / "last.png", pixels)
    data = load(f"folder:{folder}")
    assert data.train.images.shape == (25, 6, 4, 3)
    both = np.concatenate([data.train.images, data.test.images])
    assert [both[..., channel].max() for channel in range(3)] == [102, 102, 102]
    assert (both[both[..., 0] != both[..., 2]].tolist()) == [[10, 10, 11]]


def test_jpeg_beside_png_and_hidden_files(folder):
    save(folder / "9" / "x.JPG", np.full((6, 4), 200), quality=95)
    (folder / "9" / ".DS_Store").write_bytes(b"\0")
    (folder / ".git").mkdir()
    (folder / "README").write_text("mine")
    data = load(f"folder:{folder}")
    assert sum(map(len, (data.train, data.test))) == 31
    images = np.concatenate([data.train.images, data.test.images])
    assert np.abs(images.astype(int) - 200).max(axis=(1, 2, 3)).min() <= 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: save(f / "Zebra" / "5.png", np.zeros((4, 6))), r"Zebra/5.png: .*4 x 6 .*6 x 4$"),
        (lambda f: (f / "9" / "notes.txt").write_text("a"), "9/notes.txt: .*found another format"),
        (
            lambda f: (f / "9" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n"),
            "9/0.png: .*a damaged one$",
        ),
        (lambda f: (f / "9" / "deep").mkdir(), "9/deep: .*found Is a directory"),
        (lambda f: os.mkfifo(f / "9" / "pipe"), "9/pipe: .*found something else"),
        (lambda f: (f / "empty").mkdir(), "empty: expected pictures of a class, found none"),
        (lambda f: save(f / "one" / "a.png", np.zeros((6, 4))), "one: expected two or more pict"),
        (lambda f: (f / "9" / "gone.png").symlink_to("nowhere"), "gone.png: .*no such file"),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(folder, spoil, said):
    spoil(folder)
    with pytest.raises(InputError, match=f"^dataset: .*{said}") as caught:
        load(f"folder:{folder}")
    assert "\n" not in str(caught.value)


def test_no_classes_no_folder_and_too_much(folder, tmp_path, monkeypatch):
    for path, said in ((tmp_path / "nowhere", "no such folder"), (folder / "9", "found 0")):
        with pytest.raises(InputError, match=f"^dataset: {path}: expected a .*{said}"):
            load(f"folder:{path}")
    monkeypatch.setattr(picture_folder, "MOST_VALUES", 30 * 6 * 4 * 3 - 1)
    with pytest.raises(InputError, match=r"9/0.png: expected pictures of at most 71 values"):
        load(f"folder:{folder}")


def test_a_training_notices_that_a_picture_changed(folder, tmp_path):
    architecture = tfcnn.model.parse("flatten dense(3,act=linear)")
    config = tfcnn.training.TrainConfig(epochs=1, batch_size=8)

    def train(name):
        data = load(name)
        network = tfcnn.model.Network(architecture, data.train.images.shape[1:], seed=0)
        tfcnn.training.train(network, data, config, tmp_path / "run", progress=False)

    train(f"folder:{folder}")
    written = json.loads((tmp_path / "run" / "config.json").read_text())["dataset"]
    assert written["class_names"] == ["9", "Zebra", "ankle boot"]
    moved = folder.rename(tmp_path / "moved")
    train(f"folder:{moved}")  # The same pictures elsewhere are the same data.
    save(moved / "9" / "5.png", planted(0, 55))
    with pytest.raises(InputError, match=r"was begun with dataset\.checksums\.t"):
        train(f"folder:{moved}")

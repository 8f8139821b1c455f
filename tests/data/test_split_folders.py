from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tfcnn.data import load, split_folders
from tfcnn.errors import InputError


def fill(root, *names):
    """Empty files; finding does not look into them."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def short(root, listing):
    if listing is None:
        return None
    return {
        name: [str(path.relative_to(root)) for path in paths] for name, paths in listing.items()
    }


def found(root):
    train, test = split_folders.find(root)
    return short(root, train), short(root, test)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("training", "testing"),
        ("Train", "Test"),
        ("TRAINING", "t10k"),
        ("train", "val"),
        ("train", "valid"),
        ("Training", "Validation"),
        ("training_set", "test_set"),
        ("trainingSet", "testSet"),
        ("train images", "test images"),
    ],
)
def test_splits_by_any_of_their_names(tmp_path, train, test):
    fill(tmp_path, f"{train}/a/1", f"{train}/b/2", f"{test}/a/3", f"{test}/b/4", "README.txt")
    assert found(tmp_path) == (
        {"a": [f"{train}/a/1"], "b": [f"{train}/b/2"]},
        {"a": [f"{test}/a/3"], "b": [f"{test}/b/4"]},
    )


def test_beside_a_test_the_validation_is_left_out_with_a_word(tmp_path, caplog):
    fill(tmp_path, *(f"{split}/{name}/1" for split in ("train", "valid", "test") for name in "ab"))
    assert found(tmp_path)[1] == {"a": ["test/a/1"], "b": ["test/b/1"]}
    assert caplog.messages == [f"{tmp_path}/valid: not used, as there is a test"]


@pytest.mark.parametrize("top", ["zip", "a/b", "train", "digits/digits"])
def test_a_single_folder_inside_is_entered(tmp_path, top):
    fill(tmp_path, f"{top}/x/1", f"{top}/y/2", "__MACOSX/x/._1")
    assert found(tmp_path) == ({"x": [f"{top}/x/1"], "y": [f"{top}/y/2"]}, None)


def test_splits_that_were_packed_with_their_own_name(tmp_path):
    fill(tmp_path, "train/train/a/1", "train/train/b/2", "test/test/a/3")
    assert found(tmp_path)[1] == {"a": ["test/test/a/3"], "b": []}


@pytest.mark.parametrize("inner", ["", "test/"])
def test_a_test_without_classes_is_left_out_with_a_word(tmp_path, caplog, inner):
    fill(tmp_path, "train/a/1", "train/b/2", f"test/{inner}1.png", f"test/{inner}2.png")
    assert found(tmp_path) == ({"a": ["train/a/1"], "b": ["train/b/2"]}, None)
    assert caplog.messages == [f"{tmp_path}/test: without classes, so not used"]
    fill(tmp_path, "valid/a/3")
    assert found(tmp_path)[1] == {"a": ["valid/a/3"], "b": []}


@pytest.mark.parametrize(
    "name", ["__MACOSX/a/._1", "Thumbs.db", "a/Thumbs.db", "b/desktop.ini", "a/.DS_Store", ".x/1"]
)
def test_litter_is_passed_over(tmp_path, name):
    fill(tmp_path, "a/1", "b/2", name)
    assert found(tmp_path) == ({"a": ["a/1"], "b": ["b/2"]}, None)


def test_a_class_of_that_name_is_no_split(tmp_path):
    fill(tmp_path, "bus/1", "car/2", "train/3")
    assert list(found(tmp_path)[0]) == ["bus", "car", "train"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["train/a/1", "train/b/1", "test/c/1"], "/test: expected no other classes .* found c$"),
        (["train/a/1", "Training/b/1", "test/a/1"], "one folder of the train pictures, .* and "),
        (["train/a/1", "train/b/1", "test/a/.x", "test/b/.x"], "/test: expected test pictures"),
        (["train/a/.x", "train/b/1", "test/b/1"], "/train/a: expected pictures of a class"),
        (["train/a/1", "test/a/1"], "/train: expected a sub-folder for each .* found 1$"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, names, said):
    fill(tmp_path, *names)
    with pytest.raises(InputError, match=f"^{tmp_path}.*{said}"):
        found(tmp_path)


@pytest.fixture(scope="session")
def picture_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "a.png"
    Image.new("L", (3, 2), 77).save(path)
    return path.read_bytes()


SPLITS = ["train", "Testing", "valid", "test_set"]
NAMES = st.sampled_from([*SPLITS, *"12ab", "10", "é\n", "__MACOSX", ".x", "a.png", "README.md"])


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=4), st.integers(0, 9)), max_size=12))
def test_any_tree_is_a_data_set_or_refused_in_one_line(tmp_path_factory, picture_bytes, files):
    root = tmp_path_factory.mktemp("tree")
    for number, (names, kind) in enumerate(files):
        path = pathlib.Path(root, *names, f"{number}.png" if kind < 8 else "Thumbs.db")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture_bytes if kind else picture_bytes[:40])
        except OSError:
            continue
    try:
        data = load(f"folder:{root}", progress=False)
    except InputError as error:
        assert str(error).startswith(f"dataset: {root}")
    else:
        assert data.num_classes == len(set(data.class_names)) >= 2
        assert set(data.train.labels) == set(range(data.num_classes))
        assert set(data.test.labels) <= set(data.train.labels) and len(data.test)

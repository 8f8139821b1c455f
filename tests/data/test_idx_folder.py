from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import checksums, idx_folder, load
from tfcnn.data.idx_folder import assemble
from tfcnn.errors import InputError


def images(number, height=2, width=2):
    return struct.pack(">4I", 0x803, number, height, width) + bytes(number * height * width)


def labels(*values):
    return struct.pack(">2I", 0x801, len(values)) + bytes(values)


def build(class_names=None, **changed):
    payloads = {
        checksums.TRAIN_IMAGES: images(3),
        checksums.TRAIN_LABELS: labels(2, 0, 1),
        checksums.TEST_IMAGES: images(2),
        checksums.TEST_LABELS: labels(1, 1),
    }
    names = {name: getattr(checksums, name) for name in ("TRAIN_LABELS", "TEST_LABELS")}
    names["TEST_IMAGES"] = checksums.TEST_IMAGES
    payloads.update({names[name]: payload for name, payload in changed.items()})
    called = {part: f"folder/{part}" for part in payloads}
    return assemble("given", payloads, {}, called, class_names)


def test_good_parts():
    data = build()
    assert (data.name, data.num_classes, data.class_names) == ("given", 3, ("0", "1", "2"))
    assert data.train.labels.tolist() == [2, 0, 1]
    assert data.test.labels.tolist() == [1, 1]
    assert (len(data.train), len(data.test)) == (3, 2)


def test_labels_with_gaps_are_classes_under_their_own_names():
    data = build(TRAIN_LABELS=labels(200, 7, 26), TEST_LABELS=labels(200, 200))
    assert (data.num_classes, data.class_names) == (3, ("7", "26", "200"))
    assert data.train.labels.tolist() == [2, 0, 1] and data.train.labels.dtype == np.int32
    assert data.test.labels.tolist() == [2, 2]


def test_given_class_names_need_not_all_occur():
    assert build(class_names=tuple("abcde")).num_classes == 5


@pytest.mark.parametrize(
    "changed, message",
    [
        (
            {"TRAIN_LABELS": labels(0, 1)},
            "folder/train-labels-idx1-ubyte: expected 3 labels, .* found 2",
        ),
        (
            {"TEST_LABELS": labels(0, 1, 2)},
            "folder/t10k-labels-idx1-ubyte: expected 2 labels, .* found 3",
        ),
        (
            {"TEST_LABELS": labels(0, 3)},
            "folder/t10k-labels-idx1-ubyte: expected labels that occur in the training, found 3",
        ),
        ({"TEST_IMAGES": images(2, 3, 2)}, "expected images of 2x2 pixels .* found 3x2"),
        ({"TEST_IMAGES": labels(1, 2)}, "folder/t10k-images-idx3-ubyte: .* magic number"),
    ],
)
def test_parts_that_do_not_belong_together(changed, message):
    with pytest.raises(InputError, match=message):
        build(**changed)


def test_label_beyond_the_given_classes():
    with pytest.raises(InputError, match="train-labels-idx1-ubyte: expected labels from 0 to 1, f"):
        build(class_names=("a", "b"))


def fill(path, payloads, packed=()):
    path.mkdir(exist_ok=True)
    for part, payload in payloads.items():
        name, data = (f"{part}.gz", gzip.compress(payload)) if part in packed else (part, payload)
        (path / name).write_bytes(data)


def test_plain_and_gzip_side_by_side(tmp_path, sample_payloads):
    fill(tmp_path, sample_payloads, packed=[checksums.TRAIN_IMAGES])
    assert idx_folder.read(tmp_path) == sample_payloads


def test_missing_file(tmp_path, sample_payloads):
    fill(tmp_path, sample_payloads)
    (tmp_path / checksums.TEST_LABELS).unlink()
    with pytest.raises(InputError, match=r"expected the file t10k-labels-idx1-ubyte or .*\.gz"):
        idx_folder.read(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="nowhere: expected a folder of IDX files"):
        idx_folder.read(tmp_path / "nowhere")


def rename(folder, change):
    for path in list(folder.iterdir()):
        path.rename(folder / change(path.name))


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace("-idx", ".idx"),  # 7-Zip, Kaggle
        lambda name: name.replace("t10k", "test"),
        lambda name: name.upper(),
        lambda name: name.replace("-idx3-ubyte", "").replace("-idx1-ubyte", "") + ".idx",
        lambda name: "fashion-" + name,
    ],
)
def test_all_names_that_such_files_go_by(tmp_path, sample_payloads, change):
    fill(tmp_path, sample_payloads)
    rename(tmp_path, change)
    data = load(f"idx:{tmp_path}")
    assert data.train.images.tobytes() == sample_payloads[checksums.TRAIN_IMAGES][16:]
    assert data.test.images.tobytes() == sample_payloads[checksums.TEST_IMAGES][16:]
    assert dict(data.checksums) == {
        part: checksums.sha256(payload) for part, payload in sample_payloads.items()
    }


def test_files_in_folders_of_their_own_name_and_in_a_single_folder(tmp_path, sample_payloads):
    for part, payload in sample_payloads.items():
        inner = tmp_path / "MNIST" / "raw" / part
        inner.mkdir(parents=True)
        (inner / part).write_bytes(payload)
    (tmp_path / "MNIST" / "__MACOSX").mkdir()
    assert len(load(f"idx:{tmp_path}").train) == 400


def test_a_line_end_behind_a_gzip(tmp_path, sample_payloads):
    fill(tmp_path, sample_payloads, packed=checksums.PARTS)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes() + b"\r\n")
    assert len(load(f"idx:{tmp_path}").train) == 400


@pytest.fixture
def emnist(tmp_path):
    """Two sets of EMNIST: labels 1 to 3, and an image with a stroke along its first column."""
    for name in ("letters", "digits"):
        picture = bytes([9, 0, 0] * 2)  # 2 x 3 pixels
        image_bytes = struct.pack(">4I", 0x803, 3, 2, 3) + picture * 3
        for split in ("train", "test"):
            start = tmp_path / f"emnist-{name}-{split}"
            start.with_name(f"{start.name}-images-idx3-ubyte").write_bytes(image_bytes)
            start.with_name(f"{start.name}-labels-idx1-ubyte").write_bytes(labels(1, 2, 3))
    return tmp_path


def test_of_several_sets_one_is_said(emnist):
    with pytest.raises(InputError) as caught:
        load(f"idx:{emnist}")
    assert str(caught.value) == (
        f"dataset: {emnist}: expected one data set, found 2: add /NAME with one of emnist-digits, "
        "emnist-letters"
    )
    for chosen in ("emnist-letters", "EMNIST-Letters", "emnist-letters-test-labels-idx1-ubyte"):
        assert load(f"idx:{emnist}/{chosen}").class_names == ("1", "2", "3")
    (emnist / "README").write_text("")
    for other, found in (("emnist-mnist", "no such file or folder"), ("README", "another file")):
        with pytest.raises(InputError, match=f"found {found}; beside it are emnist-d.*, emnist-l"):
            load(f"idx:{emnist}/{other}")


def test_emnist_is_turned_upright_and_named_by_its_characters(emnist, caplog):
    data = load(f"idx:{emnist}/emnist-digits")
    assert data.train.images[..., 0].tolist() == [[[9, 9], [0, 0], [0, 0]]] * 3
    assert len(caplog.messages) == 1 and "turned upright here" in caplog.messages[0]
    assert all(part.endswith(", turned upright") for part in data.checksums)
    (emnist / "EMNIST-letters-mapping.txt").write_text("1 65 97\r\n2 66 98\r\n", newline="")
    assert load(f"idx:{emnist}/emnist-letters").class_names == ("Aa", "Bb", "3")


@pytest.mark.parametrize("text", ["1 A", "1 65\n2 65", "1 9999999", "1 10", "1 65 \xff", "one"])
def test_a_wrong_file_of_characters(emnist, text):
    mapping = emnist / "emnist-letters-mapping.txt"
    mapping.write_text(text, "latin-1")
    with pytest.raises(InputError, match=f"^dataset: {mapping}: expected "):
        load(f"idx:{emnist}/emnist-letters")


PIECES = ("emnist", "-", ".", "train", "t10k", "TEST", "images", "labels", "idx3", "ubyte", ".gz")


@pytest.mark.fuzz
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(PIECES), min_size=1, max_size=9),
            st.sampled_from([images(2), labels(1, 2), labels(0), images(1), b"1 65\n"]),
            st.binary(max_size=4),
        ),
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from(["", "/emnist", "/emnist-train-images", "/train"]),
)
def test_any_files_are_a_data_set_or_refused_in_one_line(tmp_path_factory, more, whole, chosen):
    folder = tmp_path_factory.mktemp("idx")
    parts = (images(2), labels(4, 9), images(1), labels(9))
    files = dict(zip(checksums.PARTS, parts, strict=True)) if whole else {}
    for words, content, tail in more:
        files["".join(words).strip(".-") or "x"] = content + tail
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        data = load(f"idx:{folder}{chosen}")
    except InputError as error:
        assert str(error).startswith(f"dataset: {folder}") and "\n" not in str(error)
    else:
        assert data.num_classes == len(data.class_names) == len(set(data.train.labels))
        assert set(data.test.labels) <= set(data.train.labels)

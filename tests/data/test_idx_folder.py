from __future__ import annotations

import gzip
import struct

import pytest

from tfcnn.data import checksums, idx_folder
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
    return assemble("given", payloads, {}, "folder", class_names)


def test_good_parts():
    data = build()
    assert (data.name, data.num_classes, data.class_names) == ("given", 3, ("0", "1", "2"))
    assert data.train.labels.tolist() == [2, 0, 1]
    assert data.test.labels.tolist() == [1, 1]
    assert (len(data.train), len(data.test)) == (3, 2)


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
            "folder/t10k-labels-idx1-ubyte: expected labels from 0 to 2, found 3",
        ),
        (
            {"TRAIN_LABELS": labels(0, 200, 1)},
            "folder/train-labels-idx1-ubyte: .* found 200 but no 2",
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

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tfcnn.data import arrays
from tfcnn.errors import InputError

PIXELS = np.arange(4 * 3 * 5).reshape(4, 3, 5)
LABELS = np.array([7, 3, 7, 3])


def assemble(images, labels=LABELS, test=True):
    images, labels = np.asarray(images), np.asarray(labels)
    train = arrays.Part(images, labels, "x", "y")
    return arrays.assemble("it", train, arrays.Part(images, labels, "x2", "y2") if test else None)


@pytest.mark.parametrize(
    "images",
    [
        PIXELS.astype(np.uint8),
        PIXELS.astype(np.int64),
        PIXELS.astype(np.float16),
        PIXELS + 0.25,
        PIXELS[..., np.newaxis].astype(np.uint8),
        PIXELS[:, np.newaxis].astype(np.uint8),
        PIXELS.astype(">i2"),
        np.asfortranarray(PIXELS),
    ],
)
def test_shapes_and_types_of_grey_images(images, caplog):
    data = assemble(images)
    assert data.train.images.dtype == np.uint8
    assert data.train.images.tolist() == PIXELS[..., np.newaxis].tolist()
    assert data.test.images.tolist() == data.train.images.tolist()
    assert (data.class_names, data.train.labels.tolist()) == (("3", "7"), [1, 0, 1, 0])
    assert not caplog.messages


def test_colours_last_and_first():
    colours = np.arange(4 * 2 * 5 * 3).reshape(4, 2, 5, 3).astype(np.uint8)
    assert (assemble(colours).train.images == colours).all()
    assert (assemble(colours.transpose(0, 3, 1, 2)).train.images == colours).all()


def test_rows_of_a_square():
    rows = np.arange(4 * 9).reshape(4, 9)
    assert (assemble(rows).train.images == rows.reshape(4, 3, 3, 1)).all()


@pytest.mark.parametrize(
    ("values", "told", "expected"),
    [
        ([0.0, 0.5, 0.25, 0.75], "0 to 1", [0, 128, 64, 191]),  # 127.5 rounds to even.
        ([False, True, True, False], "0 to 1", [0, 255, 255, 0]),
        ([0, 16, 8, 4], "0 to 16", [0, 255, 128, 64]),
        ([0, 17, 8, 4], None, [0, 17, 8, 4]),
        ([0, 0, 0, 0], None, [0, 0, 0, 0]),
    ],
)
def test_what_would_show_nothing_is_scaled_with_a_word(values, told, expected, caplog):
    images = np.array(values).reshape(4, 1, 1)
    assert assemble(images).train.images.ravel().tolist() == expected
    said = [f"it: values from {told}, scaled to 0 to 255"] if told else []
    assert caplog.messages == said


@pytest.mark.parametrize(
    "labels",
    [
        LABELS[:, np.newaxis].astype(np.uint8),
        LABELS.astype(np.float32),
        ["7", "3", "7", "3"],
        np.array([b"7", b"3", b"7", b"3"]),
    ],
)
def test_shapes_and_types_of_labels(labels):
    data = assemble(PIXELS, labels)
    assert (data.class_names, data.train.labels.tolist()) == (("3", "7"), [1, 0, 1, 0])
    assert data.test.labels.tolist() == [1, 0, 1, 0]


def test_labels_as_a_single_one_in_a_row():
    data = assemble(PIXELS, [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert (data.class_names, data.train.labels.tolist()) == (("0", "1", "2"), [2, 0, 2, 1])


def test_one_in_five_by_checksum_without_a_test():
    images = np.arange(20).reshape(20, 1, 1).astype(np.uint8)
    data = assemble(images, [0] * 10 + [1] * 10, test=False)
    digests = [hashlib.sha256(bytes([value])).hexdigest() for value in range(20)]
    expected = [sorted(range(first, first + 10), key=digests.__getitem__)[:2] for first in (0, 10)]
    assert data.test.images.ravel().tolist() == [*sorted(expected[0]), *sorted(expected[1])]
    assert data.train.images.size == 16
    assert data.checksums["test-images"] == hashlib.sha256(data.test.images.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (PIXELS.astype(str), LABELS, "^x: expected numbers, found <U"),
        (PIXELS * 1j, LABELS, "^x: expected numbers, found complex"),
        (PIXELS - 1, LABELS, "^x: expected values from 0 to 255 .* found -1 to 58$"),
        (PIXELS * 5, LABELS, "^x: .* found 0 to 295$"),
        (PIXELS * np.nan, LABELS, "^x: .* found nan to nan$"),
        (PIXELS[:0], LABELS[:0], r"^x: expected images .* found \[0, 3, 5\]$"),
        (np.zeros((4, 8)), LABELS, r"^x: expected images .* found \[4, 8\]$"),
        (np.zeros((4, 2, 2, 4)), LABELS, r"^x: expected images .* found \[4, 2, 2, 4\]$"),
        (PIXELS, LABELS[:3], "^y: expected 4 labels, one for each of x, found 3$"),
        (PIXELS, LABELS + 0.5, "^y: expected whole numbers or texts, found float64$"),
        (PIXELS, LABELS + np.inf, "^y: expected whole numbers or texts, found float64$"),
        (PIXELS, [[1, 1]] * 4, r"^y: expected one label an image, found \[4, 2\]$"),
        (PIXELS, np.array([2**64 - 1, 0, 0, 0], np.uint64), "^y: .* found uint64$"),
    ],
)
def test_other_arrays_are_refused(images, labels, said):
    with pytest.raises(InputError, match=said):
        assemble(images, labels)


def test_parts_that_do_not_belong_together():
    part = arrays.Part(PIXELS, LABELS, "x", "y")
    with pytest.raises(InputError, match=r"^b: expected images \(3, 5, 1\) as in x, found \(3, 4"):
        arrays.assemble("it", part, arrays.Part(PIXELS[..., :4], LABELS, "b", "c"))
    with pytest.raises(InputError, match=r"^c: expected labels that occur .*, found 8$"):
        arrays.assemble("it", part, arrays.Part(PIXELS, LABELS + 5, "b", "c"))
    with pytest.raises(InputError, match=r"^y: class 7: expected two or"):
        assemble(PIXELS, [7, 3, 3, 3], test=False)

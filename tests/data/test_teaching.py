from __future__ import annotations

import logging

import numpy as np
import pytest

import tfcnn
from tfcnn.data import teaching
from tfcnn.data.dataset import Dataset, Split
from tfcnn.errors import InputError

IMAGES = np.arange(6 * 5 * 3, dtype=np.uint8).reshape(6, 5, 3, 1)


def made(images=IMAGES, labels=(0, 1, 0, 1, 0, 1), test=IMAGES[:0], classes=2):
    names = tuple("abcdefgh"[:classes])
    labels = np.array(labels, np.int32)
    test_labels = np.zeros(len(test), np.int32)
    return Dataset("it", classes, names, Split(images, labels), Split(test, test_labels), {})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (made(labels=[0] * 6, classes=1), "two or more classes, found 1 in it"),
        (made(classes=3), "training images of each class, found none of c in it"),
        (made(classes=8), "training images of each class, found none of c, d, e and 3 more in it"),
        (made(np.zeros_like(IMAGES)), "training images that differ, found blank ones only in it"),
        (
            made(IMAGES[[1] * 6]),
            "training images that differ, found one image again and again in it",
        ),
    ],
)
def test_what_cannot_teach_is_refused(data, said):
    with pytest.raises(InputError) as caught:
        teaching.check(data)
    assert str(caught.value) == f"dataset: expected {said}"


def test_test_images_of_the_training_are_counted_in_a_warning(caplog):
    caplog.set_level(logging.INFO)
    teaching.check(made(test=IMAGES + 1))
    assert not caplog.messages
    teaching.check(made(test=np.concatenate([IMAGES[[3, 3, 0]], IMAGES + 1])))
    assert caplog.messages == ["it: 3 of 9 test images are training images too"]


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 3, 1)])
def test_the_count_is_that_of_sets_of_bytes(shape):
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 2, (300, *shape), dtype=np.uint8) for _ in range(2))
    known = {image.tobytes() for image in train}
    assert teaching.count_shared(train, test) == sum(image.tobytes() in known for image in test)


def test_a_training_is_refused_before_it_writes_anything(small_network, sample, tmp_path):
    blank = Split(np.zeros_like(sample.train.images), sample.train.labels)
    data = Dataset("it", 10, sample.class_names, blank, sample.test, {})
    with pytest.raises(InputError, match=r"^dataset: expected training images that differ"):
        config = tfcnn.training.TrainConfig()
        tfcnn.training.train(small_network, data, config, tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()

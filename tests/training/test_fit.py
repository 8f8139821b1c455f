"""Data that a caller made: what is plain is taken, what is not is told in one line."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from tfcnn.data import Split
from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.training import TrainConfig, train

CONFIG = TrainConfig(epochs=1, batch_size=40)


def trained_on(data):
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    train(network, data, CONFIG, progress=False)
    return network.tensors()


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int16])
def test_labels_of_any_whole_numbers_are_taken(sample, dtype):
    other = dataclasses.replace(
        sample,
        train=Split(sample.train.images, sample.train.labels.astype(dtype)),
        test=Split(sample.test.images, sample.test.labels.astype(dtype)),
    )
    wanted = trained_on(sample)
    for path, value in trained_on(other).items():
        np.testing.assert_array_equal(value, wanted[path])


@pytest.mark.parametrize(
    ("part", "images", "labels", "message"),
    [
        ("train", None, lambda y: y + 1, "train: expected labels from 0 to 9, found 1 to 10"),
        ("test", None, lambda y: y - 1, "test: expected labels from 0 to 9, found -1 to 8"),
        ("test", lambda x: x[:0], lambda y: y[:0], "test: expected at least one image, found none"),
        ("train", lambda x: x[:0], lambda y: y[:0], "train: expected at least one image, found n"),
        ("train", None, lambda y: None, "train: expected an array of labels, found NoneType"),
        ("test", lambda x: None, None, "test: expected an array of images, found NoneType"),
        ("train", None, lambda y: list(y), "train: expected an array of labels, found list"),
        (
            "train",
            None,
            lambda y: y.astype(np.float32),
            "train: expected labels int32 [400], one an image, found float32 [400]",
        ),
        (
            "test",
            None,
            lambda y: y[1:],
            "test: expected labels int32 [100], one an image, found ",
        ),
        (
            "train",
            lambda x: x / 255,
            None,
            "train: expected images uint8 [count, height, width, channels], found float64 [400, 28",
        ),
        (
            "test",
            lambda x: x[..., 0],
            None,
            "test: expected images uint8 [count, height, width, channels], found uint8 [100, ",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_told(sample, part, images, labels, message):
    split = getattr(sample, part)
    changed = Split(
        images(split.images) if images else split.images,
        labels(split.labels) if labels else split.labels,
    )
    with pytest.raises(InputError, match=f"^dataset: {re.escape(message)}") as caught:
        trained_on(dataclasses.replace(sample, **{part: changed}))
    assert "\n" not in str(caught.value)

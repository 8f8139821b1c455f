from __future__ import annotations

import numpy as np
import pytest

from tfcnn.data import emnist, load
from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.sources import tfds, tfds_arrays


@pytest.mark.parametrize(
    ("name", "expected"),
    [("emnist", True), ("EMNIST_letters", True), ("my-emnist", True), ("femnist", False)],
)
def test_whose_name_it_is(name, expected):
    assert emnist.is_emnist(name) == expected


@pytest.mark.parametrize("name", ["emnist/letters", "emnist:3.1.0", "mnist_corrupted"])
def test_that_of_tensorflow_datasets_is_turned_too(monkeypatch, name):
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3, 1)
    train = Split(np.repeat(image, 3, axis=0), np.array([1, 4, 2], np.int32))
    stored = Dataset(
        name, 5, tuple("01234"), train, Split(image, np.array([4], np.int32)), {"x": "0"}
    )
    monkeypatch.setattr(tfds, "prepared", lambda name, folder: None)
    monkeypatch.setattr(tfds_arrays, "read", lambda name, builder, progress: stored)
    data = load(name)
    if name == "mnist_corrupted":
        assert data is stored
        return
    assert data.test.images[0, ..., 0].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert (data.num_classes, data.class_names) == (3, ("1", "2", "4"))
    assert data.train.labels.tolist() == [0, 2, 1] and data.test.labels.tolist() == [2]
    assert dict(data.checksums) == {"x, turned upright": "0"}

from __future__ import annotations

import pytest

from tfcnn.data import named_sets
from tfcnn.data.class_names import from_labels, in_order
from tfcnn.data.named_sets import BOTH, IMAGES, LABELS
from tfcnn.errors import InputError


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("train-images", ("", "train", IMAGES)),
        ("emnist-letters-test-labels", ("emnist-letters", "test", LABELS)),
        ("kmnist-train-imgs", ("kmnist", "train", IMAGES)),
        ("T10K.Labels", ("", "test", LABELS)),
        ("mnist_train", ("mnist", "train", BOTH)),
        ("test", ("", "test", BOTH)),
        ("latest", None),
        ("images", None),
        ("mnist_train_small", None),
    ],
)
def test_what_a_name_says(stem, expected):
    assert named_sets.parse(stem) == expected


def test_numbers_are_in_the_order_of_numbers_and_texts_are_not():
    assert in_order(["10", "9", "-1"]) == ("-1", "9", "10")
    assert in_order(["10", "9", "a"]) == ("10", "9", "a")


def test_labels_that_are_texts():
    names, train, test = from_labels(["10", "9", "9"], ["9", "10"], "x")
    assert (names, train.tolist(), test.tolist()) == (("9", "10"), [1, 0, 0], [0, 1])
    with pytest.raises(InputError, match=r"^x: expected labels .*, found b$"):
        from_labels(["a"], ["a", "b"], "x")

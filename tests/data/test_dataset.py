from __future__ import annotations

import numpy as np
import pytest

from tfcnn.data import Dataset, Split
from tfcnn.errors import InputError


def split_of(labels):
    """One pixel an image, its number."""
    numbers = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Split(numbers, np.array(labels, np.int32))


def test_a_sample_is_the_first_images():
    found = split_of([1, 0, 2, 1, 0, 2]).sample(4)
    assert found.images.ravel().tolist() == [0, 1, 2, 3]
    assert found.labels.tolist() == [1, 0, 2, 1]


def test_a_sample_of_what_is_sorted_by_class_has_every_class_in_its_share():
    found = split_of([0] * 20 + [1] * 60 + [2] * 20).sample(10)
    assert found.labels.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
    assert found.images.ravel().tolist() == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]


@pytest.mark.parametrize("labels", [[0, 0, 1], [1, 0, 0]])
@pytest.mark.parametrize("count", [3, 4])
def test_a_sample_is_never_more_than_there_is(labels, count):
    assert split_of(labels).sample(count).images.ravel().tolist() == [0, 1, 2]


def test_a_test_image_with_the_name_of_its_class():
    data = Dataset("planted", 2, ("no", "yes"), split_of([0]), split_of([0, 1, 1]), {})
    image, name = data.test_image(2)
    assert (image.item(), name) == (2, "yes")
    for index in (-1, 3):
        with pytest.raises(InputError, match=f"^index: expected 0 to 2, found {index}$"):
            data.test_image(index)

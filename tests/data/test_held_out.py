from __future__ import annotations

import numpy as np
import pytest

from tfcnn.data import held_out
from tfcnn.errors import InputError


def test_the_smallest_checksums_of_each_class():
    digests = [f"{number:02d}" for number in (5, 3, 9, 1, 7, 0, 8, 2, 6, 4, 11, 10)]
    labels = np.array([0] * 10 + [1] * 2, np.int32)
    chosen = held_out.choose_test(digests, labels, ["a", "b"])
    assert np.flatnonzero(chosen).tolist() == [3, 5, 11]


def test_two_of_a_class_are_needed():
    with pytest.raises(InputError, match=r"^b: expected two or more pictures, .* found 1$"):
        held_out.choose_test(["1", "2", "3"], np.array([0, 1, 0], np.int32), ["a", "b"])

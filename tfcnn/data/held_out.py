"""A share of the images held out as the test, where the data come without one."""

from collections.abc import Sequence

import numpy as np

from tfcnn.errors import wrong
from tfcnn.typing import Bool, Int32

ONE_TEST_IMAGE_IN = 5


def choose_test(digests: Sequence[str], labels: Int32, called: Sequence[str]) -> Bool:
    """Which images are test images: one in five of each class, at least one.

    They are those with the smallest checksums. So the choice depends neither on names nor on order,
    and a further image moves at most one.

    Args:
      digests: Of each image.
      labels: int32 [count].
      called: What to call each class in an error message.

    Returns:
      bool [count].

    Raises:
      InputError: A class has fewer than two images.
    """
    is_test = np.zeros(len(labels), bool)
    by_class = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[by_class], np.arange(len(called) + 1))
    for label, name in enumerate(called):
        members = by_class[ends[label] : ends[label + 1]].tolist()
        if len(members) < 2:
            raise wrong(name, "two or more pictures, one of them for the test", len(members))
        ranked = sorted(members, key=lambda number: (digests[number], number))
        is_test[ranked[: max(len(members) // ONE_TEST_IMAGE_IN, 1)]] = True
    return is_test

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.pixels import as_floats, check_floats


def test_every_level_is_the_nearest_float_to_its_share_of_255():
    levels = np.arange(256, dtype=np.uint8)
    floats = as_floats(levels.reshape(16, 16))
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats.ravel(), (np.arange(256) / 255).astype(np.float32))


@pytest.mark.parametrize(
    ("dtype", "shape", "said"),
    [
        ("float16", [7, 4, 5], None),
        ("bfloat16", [None, 4, 5], None),
        ("float64", [7, None, 5], None),
        ("uint8", [7, 4, 5], "floats in [0, 1], found uint8: divide by 255"),
        ("bool", [7, 4, 5], "floats in [0, 1], found bool"),
        ("float32", [4, 5], "shape [batch, 4, 5], found [4, 5]"),
        ("float32", [7, 5, 4], "shape [batch, 4, 5], found [7, 5, 4]"),
    ],
)
def test_floats_of_another_type_or_shape_are_told_by_name(dtype, shape, said):
    if said is None:
        check_floats("pictures", dtype, shape, (None, 4, 5))
        return
    with pytest.raises(InputError) as caught:
        check_floats("pictures", dtype, shape, (None, 4, 5))
    assert str(caught.value) == f"pictures: expected {said}"

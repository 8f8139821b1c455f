from __future__ import annotations

import numpy as np

from tfcnn.pixels import as_floats


def test_every_level_is_the_nearest_float_to_its_share_of_255():
    levels = np.arange(256, dtype=np.uint8)
    floats = as_floats(levels.reshape(16, 16))
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats.ravel(), (np.arange(256) / 255).astype(np.float32))

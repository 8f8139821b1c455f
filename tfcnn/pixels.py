"""Grey levels of files as the numbers that networks read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def as_floats(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """uint8 levels 0 to 255 of any shape as float32 in [0, 1]."""
    return np.divide(images, np.float32(255), dtype=np.float32)

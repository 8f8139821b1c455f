"""What is taken off the pixels of a data set, and what they are divided by."""

import numpy as np

from tfcnn.typing import Array, Int64, UInt8

_BLOCK = 2**20  # Pixels that are counted at once: some thousand images of MNIST.


def mean_and_deviation(pixels: Array) -> tuple[float, float]:
    """Of a channel in [0, 1]: uint8 levels, or floats."""
    if pixels.dtype != np.uint8:
        return float(pixels.mean(dtype=np.float64)), float(pixels.std(dtype=np.float64))
    # Counts of the 256 levels are whole numbers, so that a constant channel's deviation is
    # exactly 0.
    levels, counts = np.arange(256), _level_counts(pixels)
    mean = np.average(levels, weights=counts)
    variance = np.average((levels - mean) ** 2, weights=counts)
    return mean / 255, np.sqrt(variance) / 255


def _level_counts(pixels: UInt8) -> Int64:
    """How often each level from 0 to 255 occurs."""
    counts, flat = np.zeros(256, np.int64), pixels.reshape(-1)
    # In blocks, as bincount makes a copy of eight bytes a pixel.
    for start in range(0, flat.size, _BLOCK):
        counts += np.bincount(flat[start : start + _BLOCK], minlength=256)
    return counts

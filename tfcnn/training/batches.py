"""Which images make which batch: a function of the seed and the epoch alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Keeps the streams of random numbers apart that start from one seed.
_ORDER, _HELD_OUT = 1, 2


def epoch_order(indices: npt.NDArray[np.int32], seed: int, epoch: int) -> npt.NDArray[np.int32]:
    """The images of an epoch in the order of training.

    Args:
      indices: int32 [count], the images to train on.
      seed: The training's seed.
      epoch: From 1.

    Returns:
      int32 [count], the same indices shuffled.
    """
    return np.random.default_rng([seed, _ORDER, epoch]).permutation(indices)


def split_validation(
    count: int, validation_size: int, seed: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Holds ``validation_size`` random images of ``count`` out of training.

    Returns:
      (training indices, validation indices), int32, each in rising order.
    """
    shuffled = np.random.default_rng([seed, _HELD_OUT]).permutation(count).astype(np.int32)
    return np.sort(shuffled[validation_size:]), np.sort(shuffled[:validation_size])

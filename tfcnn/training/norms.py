"""How long the gradients and the weights of a training are, tensor by tensor."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from tfcnn.model.network import Network


class NormSums(tf.Module):
    """What the mean norms of the epoch under way are made of, so that a resume goes on with them.

    Attributes:
      sums: float64 [weights that learn], the sums of the gradients' norms over the epoch's steps.
    """

    def __init__(self, paths: Collection[str]) -> None:
        """Starts at 0 for the weights at ``paths``."""
        super().__init__()
        self._paths = tuple(paths)
        self.sums = tf.Variable(
            tf.zeros([len(self._paths)], tf.float64), trainable=False, name="gradient_norms/sums"
        )

    def add(self, norms: Iterable[tf.Tensor]) -> dict[str, float]:
        """Adds the sums over some steps, float64 scalars, and gives them by path."""
        values = [float(norm) for norm in norms]
        self.sums.assign_add(values)
        return dict(zip(self._paths, values, strict=True))

    def take_means(self, steps: int) -> dict[str, float]:
        """Path -> the mean over an epoch of so many steps; the next epoch starts at 0."""
        means = self.sums.numpy() / steps
        self.sums.assign(np.zeros_like(means))
        return dict(zip(self._paths, means.tolist(), strict=True))


def weight_norms(network: Network) -> dict[str, float]:
    """Path of each weight -> the root of the sum of its squares."""
    return {path: _norm(weight.numpy()) for path, weight in network.weights.items()}


def _norm(values: Any) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))

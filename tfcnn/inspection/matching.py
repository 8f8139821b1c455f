"""Do two trainings give the same filters? Correlation of their outputs, and the best assignment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError
from tfcnn.inspection.batched import activations_in_batches
from tfcnn.model.network import Network


@dataclasses.dataclass(frozen=True, eq=False)
class Matching:
    """The filters of a layer in two networks, paired one to one.

    Attributes:
      layer: Path of the values compared, such as ``conv3``.
      correlations: float64 [filters, filters of the other], Pearson's, over all images and
        positions; 0 where a filter's output never changes.
      partners: int [pairs, 2]: a filter and its partner, in the order of the first. The sum of
        their correlations is the largest that a one-to-one assignment has. A filter whose output
        never changes has no partner.
    """

    layer: str
    correlations: npt.NDArray[np.float64]
    partners: npt.NDArray[np.intp]

    @property
    def matched(self) -> npt.NDArray[np.float64]:
        """float64 [pairs]: the correlation of each pair."""
        return self.correlations[self.partners[:, 0], self.partners[:, 1]]

    @property
    def in_the_same_place(self) -> npt.NDArray[np.float64]:
        """float64 [pairs]: that of each first filter with the one of the same number instead."""
        numbers = self.partners[:, 0]
        numbers = numbers[numbers < self.correlations.shape[1]]
        return self.correlations[numbers, numbers]

    def share_above(self, least: float) -> float:
        """The share of pairs whose correlation is above ``least``, from 0 to 1."""
        return float(np.mean(self.matched > least))


def match_filters(
    first: Network, second: Network, layer: str, images: npt.NDArray[np.uint8]
) -> Matching:
    """Pairs the filters, or units, of a layer in two networks by what they do on the same images.

    Source of the method: Li, Yosinski, Clune, Lipson and Hopcroft, "Convergent Learning: Do
    Different Neural Networks Learn the Same Representations?", ICLR 2016.

    Args:
      first: A network.
      second: Another one, whose layer has maps of the same height and width.
      layer: A path of ``Network.activations``, such as ``conv3`` or ``conv3/linear``.
      images: uint8 [count, height, width, channels].

    Raises:
      InputError: A network has no such layer, the layer's maps differ in size, or there are no
        images.
    """
    from scipy.optimize import linear_sum_assignment

    correlations = _correlations(_values(first, layer, images), _values(second, layer, images))
    changing = [np.flatnonzero(correlations.any(axis=axis)) for axis in (1, 0)]
    rows, columns = linear_sum_assignment(correlations[np.ix_(*changing)], maximize=True)
    partners = np.stack([changing[0][rows], changing[1][columns]], axis=1)
    return Matching(layer, correlations, partners)


def _values(
    network: Network, layer: str, images: npt.NDArray[np.uint8]
) -> Iterator[npt.NDArray[np.float64]]:
    """[images * positions, filters] a batch."""
    for batch in activations_in_batches(network, [layer], images):
        values = batch[layer]
        yield values.reshape(-1, values.shape[-1]).astype(np.float64)


def _correlations(
    first: Iterator[npt.NDArray[np.float64]], second: Iterator[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """Pearson's correlations, from sums over batches: ``E[xy] - E[x]E[y]`` over the deviations."""
    count = 0
    sums: list[npt.NDArray[np.float64]] = []
    for x, y in zip(first, second, strict=True):
        if len(x) != len(y):
            raise InputError(
                f"layer: expected maps of the same size in both networks, "
                f"found {len(x)} and {len(y)} values of the same images"
            )
        squares = [np.einsum("ij,ij->j", values, values) for values in (x, y)]
        found = [x.sum(0), y.sum(0), *squares, x.T @ y]
        sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
        count += len(x)
    if not count:
        raise InputError("images: expected at least one, found none")
    mean_x, mean_y, square_x, square_y, product = (total / count for total in sums)
    deviation_x = np.sqrt(np.maximum(square_x - mean_x**2, 0))
    deviation_y = np.sqrt(np.maximum(square_y - mean_y**2, 0))
    scale = np.outer(deviation_x, deviation_y)
    covariance = product - np.outer(mean_x, mean_y)
    return np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)

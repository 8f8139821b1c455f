"""Do two trainings give the same filters? Correlation of their outputs, and the best assignment."""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.model.network import Network
from tfcnn.model.reading import activations_in_batches
from tfcnn.showing import Tabular
from tfcnn.typing import Count, Float32, Float64, Images, Places


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Matching(Tabular):
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
    correlations: Float64
    partners: Places

    def in_short(self) -> str:
        """The layer, how many pairs it has, and how well they agree."""
        first, second = self.correlations.shape
        pairs = f"{self.layer}, {len(self.partners)} pairs of {first} and {second} filters"
        mean = f", mean correlation {self.matched.mean():.3f}" if len(self.partners) else ""
        return pairs + mean

    @property
    def matched(self) -> Float64:
        """float64 [pairs]: the correlation of each pair."""
        return self.correlations[self.partners[:, 0], self.partners[:, 1]]

    @property
    def in_the_same_place(self) -> Float64:
        """float64 [pairs]: that of each first filter with the one of the same number instead."""
        numbers = self.partners[:, 0]
        numbers = numbers[numbers < self.correlations.shape[1]]
        return self.correlations[numbers, numbers]

    @checked
    def share_above(self, least: float) -> float:
        """The share of pairs whose correlation is above ``least``, in [0, 1]; NaN without pairs."""
        return float(np.mean(self.matched > least)) if len(self.partners) else np.nan

    @checked
    def spread(self, count: Count) -> Places:
        """Up to ``count`` pairs, evenly spread over their ranking, the best first: int [pairs, 2].

        There are none where the layer has none.
        """
        ranked = self.partners[np.argsort(-self.matched, kind="stable")]
        places = np.linspace(0, max(len(ranked) - 1, 0), min(count, len(ranked)))
        return ranked[places.round().astype(int)]


@checked
def match_filters(first: Network, second: Network, layer: str, images: Images) -> Matching:
    """The filters, or units, of a layer in two networks, paired by what they do on equal images.

    Source of the method: Li, Yosinski, Clune, Lipson and Hopcroft, "Convergent Learning: Do
    Different Neural Networks Learn the Same Representations?", ICLR 2016.

    Args:
      first: A network.
      second: Another one, whose layer has maps of the same height and width.
      layer: A path of ``Network.activations``, such as ``conv3`` or ``conv3/linear``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.

    Raises:
      InputError: A network has no such layer, the layer's maps differ in size, or there are no
        images.
    """
    [[matching]] = match_every_pair([first, second], [layer], images, progress=False)
    return matching


def match_every_pair(
    networks: Sequence[Network], layers: Sequence[str], images: Images, progress: bool = True
) -> list[list[Matching]]:
    """``match_filters`` for each two of many networks, all in one pass over the images.

    Args:
      networks: Two or more.
      layers: As ``layer`` of ``match_filters``.
      images: As for ``match_filters``.
      progress: Whether to show a progress bar.

    Returns:
      For every pair of ``itertools.combinations(networks, 2)`` a matching of each layer.

    Raises:
      InputError: As from ``match_filters``.
    """
    told = ["filters" if progress and not number else "" for number in range(len(networks))]
    reads = [
        activations_in_batches(network, layers, images, words)
        for network, words in zip(networks, told, strict=True)
    ]
    correlations = _correlations(zip(*reads, strict=True), layers)
    return [
        [_match(layer, correlations[layer][a][b]) for layer in layers]
        for a, b in itertools.combinations(range(len(networks)), 2)
    ]


def _match(layer: str, correlations: Float64) -> Matching:
    from scipy.optimize import linear_sum_assignment

    changing = [np.flatnonzero(correlations.any(axis=axis)) for axis in (1, 0)]
    rows, columns = linear_sum_assignment(correlations[np.ix_(*changing)], maximize=True)
    partners = np.stack([changing[0][rows], changing[1][columns]], axis=1)
    return Matching(layer, correlations, partners)


def _correlations(
    batches: Iterable[Sequence[Mapping[str, Float32]]], layers: Sequence[str]
) -> dict[str, list[list[Float64]]]:
    """For each layer Pearson's correlations [of a network][with another], from sums over batches.

    ``r(x, y) = (E[xy] - E[x] E[y]) / (s(x) s(y))`` with ``s(x)^2 = E[xx] - E[x]^2``, for all
    filters of all networks side by side: one pass needs only the sums of ``x`` and of ``x y^T``.
    """
    count = dict.fromkeys(layers, 0)
    origins: dict[str, Float64] = {}
    sums: dict[str, tuple[Float64, Float64]] = {}
    ends: dict[str, Places] = {}
    for batch in batches:
        for layer in layers:
            values = _side_by_side(layer, [values[layer] for values in batch])
            # r stays the same if a constant is taken off x. The first values are: of a filter that
            # never changes exact zeros are left, where E[xx] - E[x]^2 would leave rounding.
            values -= origins.setdefault(layer, values[0].copy())
            found = values.sum(axis=0), values.T @ values
            old = sums.get(layer, (0.0, 0.0))
            sums[layer] = old[0] + found[0], old[1] + found[1]
            count[layer] += len(values)
            ends[layer] = np.cumsum([values[layer].shape[-1] for values in batch])[:-1]
    blocks = {}
    for layer, (total, products) in sums.items():
        mean = total / count[layer]
        covariance = products / count[layer] - np.outer(mean, mean)
        deviation = np.sqrt(np.maximum(np.diag(covariance), 0))
        scale = np.outer(deviation, deviation)
        table = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
        rows = np.split(table, ends[layer], axis=0)
        blocks[layer] = [np.split(row, ends[layer], axis=1) for row in rows]
    return blocks


def _side_by_side(layer: str, values: Sequence[Float32]) -> Float64:
    """[images * positions, filters of all networks]."""
    sizes = ["x".join(map(str, of_network.shape[1:-1])) or "none" for of_network in values]
    if len(set(sizes)) > 1:
        expected = f"maps of {layer} of the same size in all networks"
        raise wrong("layer", expected, " and ".join(sizes))
    columns = [of_network.reshape(-1, of_network.shape[-1]) for of_network in values]
    return np.concatenate(columns, axis=1, dtype=np.float64)

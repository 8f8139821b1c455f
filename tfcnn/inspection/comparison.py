"""Pairs of networks, layer by layer: matched filters, similarity, and what chance would give."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.inspection.matching import Matching, match_every_pair
from tfcnn.inspection.permutation import permuted
from tfcnn.inspection.similarity import alignment, gram
from tfcnn.model import Network, all_activations
from tfcnn.showing import Shown, Tabular
from tfcnn.typing import Images

IMAGES_FOR_CKA = 1_000


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LayerComparison(Shown):
    """One layer of two networks.

    Attributes:
      pair: The names of the two networks.
      matching: Their filters, paired one to one.
      cka: Linear CKA of the layer's values.
    """

    pair: str
    matching: Matching
    cka: float

    def in_short(self) -> str:
        """The pair, its filters and the CKA."""
        return f"{self.pair}: {self.matching.in_short()}, CKA {self.cka:.3f}"


class Comparison(Tabular, list[LayerComparison]):
    """What ``compare`` finds: a list of its rows."""

    def in_short(self) -> str:
        """How many pairs of networks, and which layers."""
        pairs = dict.fromkeys(row.pair for row in self)
        layers = dict.fromkeys(row.matching.layer for row in self)
        noun = "pair" if len(pairs) == 1 else "pairs"
        return f"{len(pairs)} {noun} of networks, {len(layers)} layers: {', '.join(layers)}"


@checked
def compare(
    networks: Mapping[str, Network], layers: Sequence[str], images: Images, progress: bool = True
) -> Comparison:
    """Each layer's filters matched over all ``images``, and CKA over up to 1,000 spread over them.

    Args:
      networks: Two or more, by name; the maps of their layers have the same sizes.
      layers: Paths of ``Network.activations``, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least two.
      progress: Whether to show a progress bar.

    Returns:
      For each pair of networks, in the order of ``itertools.combinations``, a row a layer.

    Raises:
      InputError: A layer is missing in one of them, its maps differ in size, there is no layer, or
        there are fewer than two networks or images.
    """
    for name, given in (("networks", networks), ("images", images)):
        if len(given) < 2:
            raise wrong(name, "at least two", len(given))
    if not layers:
        raise wrong("layers", "at least one", "none")
    few = images[:: -(-len(images) // IMAGES_FOR_CKA)]  # Of all classes, were they sorted.
    grams = [
        [gram(all_activations(network, layer, few)) for layer in layers]
        for network in networks.values()
    ]
    matchings = match_every_pair(list(networks.values()), layers, images, progress)
    of_names, of_grams = itertools.combinations(networks, 2), itertools.combinations(grams, 2)
    pairs = zip(of_names, of_grams, matchings, strict=True)
    return Comparison(
        LayerComparison(", ".join(names), matching, alignment(first, second))
        for names, of_pair, of_layers in pairs
        for first, second, matching in zip(*of_pair, of_layers, strict=True)
    )


@checked
def baselines(
    network: Network, layers: Sequence[str], images: Images, progress: bool = True
) -> dict[str, Comparison]:
    """What the figures are where the answer is known.

    A network and itself with its channels in another order has to give 1 everywhere; pairs of
    three untrained networks show what the images and the architecture alone bring.

    Args:
      network: A trained network.
      layers: As for ``compare``.
      images: As for ``compare``.
      progress: Whether to show a progress bar.

    Returns:
      ``itself, permuted`` and ``two untrained`` to the rows of ``compare``.

    Raises:
      InputError: As from ``compare``.
    """
    itself = {"itself": network, "permuted": permuted(network)[0]}
    untrained = {f"untrained {seed}": _untrained(network, seed) for seed in range(1, 4)}
    return {
        "itself, permuted": compare(itself, layers, images, progress),
        "two untrained": compare(untrained, layers, images, progress),
    }


def _untrained(network: Network, seed: int) -> Network:
    """Start weights for the same architecture and the same standardisation of the input."""
    fresh = Network(network.architecture, network.input_shape, seed=seed)
    for path, value in network.state.items():
        if path.startswith("input/"):
            fresh.state[path].assign(value)
    return fresh

"""Two networks, layer by layer: matched filters and similarity, beside what chance would give."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tqdm

from tfcnn.inspection.batched import all_activations
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.permutation import permuted
from tfcnn.inspection.similarity import linear_cka
from tfcnn.model.network import Network

IMAGES_FOR_CKA = 1_000


@dataclasses.dataclass(frozen=True, eq=False)
class LayerComparison:
    """One layer of two networks.

    Attributes:
      pair: What the two networks are.
      matching: Their filters, paired one to one.
      cka: Linear CKA of the layer's values.
    """

    pair: str
    matching: Matching
    cka: float


def compare(
    pair: str,
    first: Network,
    second: Network,
    layers: Sequence[str],
    images: npt.NDArray[np.uint8],
    progress: bool = True,
) -> list[LayerComparison]:
    """Matches the filters of each layer over all ``images``; CKA takes the first 1,000.

    Args:
      pair: What to call the two.
      first: A network.
      second: Another one; its layers' maps have the same sizes.
      layers: Paths of ``Network.activations``, such as ``conv3``.
      images: uint8 [count, height, width, channels], at least two.
      progress: Whether to show a progress bar.

    Raises:
      InputError: A layer is missing in one of them, or its maps differ in size.
    """
    few = images[:IMAGES_FOR_CKA]
    return [
        LayerComparison(
            pair,
            match_filters(first, second, layer, images),
            linear_cka(
                all_activations(first, layer, few),
                all_activations(second, layer, few),
            ),
        )
        for layer in tqdm.tqdm(layers, desc=pair, unit=" layers", leave=False, disable=not progress)
    ]


def baselines(
    network: Network,
    layers: Sequence[str],
    images: npt.NDArray[np.uint8],
    seed: int = 0,
    progress: bool = True,
) -> list[LayerComparison]:
    """What the figures are where the answer is known.

    A network and itself with its channels in another order has to give 1 everywhere; two
    untrained networks show what the images and the architecture alone bring.

    Args:
      network: A trained network.
      layers: As for ``compare``.
      images: As for ``compare``.
      seed: Of the order and of the untrained networks.
      progress: Whether to show a progress bar.
    """
    other, _ = permuted(network, seed)
    untrained = [
        Network(network.architecture, network.input_shape, seed=seed + number) for number in (1, 2)
    ]
    for fresh in untrained:
        for path, value in network.state.items():
            if path.startswith("input/"):
                fresh.state[path].assign(value)
    return [
        *compare("itself, permuted", network, other, layers, images, progress),
        *compare("two untrained", untrained[0], untrained[1], layers, images, progress),
    ]

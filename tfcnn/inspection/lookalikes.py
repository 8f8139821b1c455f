"""Which images of two classes a layer takes for one another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tfcnn.model.network import Network
from tfcnn.model.reading import all_activations


def mistaken_pairs(
    network: Network,
    layer: str,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int32],
    count: int,
) -> npt.NDArray[np.intp]:
    """The misclassified images of which the network is surest, each with its lookalike.

    The lookalike is the image of the class that it was taken for, rightly classified, whose values
    at the layer have the largest cosine with its own.

    Args:
      network: The network.
      layer: A path of ``Network.activations``, such as ``conv3``.
      images: uint8 [count, height, width, channels].
      labels: int32 [count].
      count: How many pairs at most, at least 1.

    Returns:
      Int [pairs, 2]: the numbers of both images, the surest mistake first.

    Raises:
      InputError: The network has no such layer.
    """
    logits = all_activations(network, network.layers[-1].name, images)
    values = all_activations(network, layer, images).reshape(len(images), -1)
    said = logits.argmax(axis=1)
    # How far what it said lies above the right class: 0 where it is right.
    margins = logits.max(axis=1) - logits[np.arange(len(labels)), labels]
    pairs = []
    for number in np.argsort(-margins, kind="stable")[: min(count, int(np.sum(margins > 0)))]:
        candidates = np.flatnonzero((labels == said[number]) & (said == labels))
        if len(candidates):
            cosines = cosines_with(values[number], values[candidates])
            pairs.append((number, candidates[cosines.argmax()]))
    return np.array(pairs, np.intp).reshape(-1, 2)


def cosines_with(
    one: npt.NDArray[np.floating], others: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """Cosines of the angles between ``one`` [values] and the rows of ``others`` [count, values].

    0 where one of the two is all zeros.
    """
    lengths = np.linalg.norm(one) * np.linalg.norm(others, axis=1)
    return others @ one / np.maximum(lengths, 1e-12)

"""How alike two representations of the same images are, whatever their axes."""

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.typing import ArrayLike, Float64


@checked
def linear_cka(first: ArrayLike, second: ArrayLike) -> float:
    """Linear centred kernel alignment of two representations of the same images.

    ``<K, L> / (|K| |L|)`` with the Gram matrices ``K = X X^T`` and ``L = Y Y^T`` of the centred
    representations. 1 means equal up to a rotation, a reflection and a factor; a permutation of the
    channels is such a rotation. Source: Kornblith, Norouzi, Lee and Hinton, "Similarity of Neural
    Network Representations Revisited", ICML 2019.

    Args:
      first: [images, ...], at least two images; all further axes are one image's representation.
      second: [images, ...], of the same images in the same order.

    Returns:
      A number in [0, 1]; 0 if one of them is the same for all images.

    Raises:
      InputError: They do not have the same number of images, or have fewer than two.
    """
    _check_counts(np.shape(first), np.shape(second))
    return alignment(gram(first), gram(second))


def alignment(first: Float64, second: Float64) -> float:
    """``linear_cka`` of two representations of which ``gram`` is known: each in [images, images].

    Raises:
      InputError: As from ``linear_cka``.
    """
    _check_counts(first.shape, second.shape)
    norms = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.vdot(first, second) / norms) if norms else 0.0


def gram(representation: ArrayLike) -> Float64:
    """Products of each two images' centred representations: [images, ...] to [images, images]."""
    values = np.asarray(representation, np.float64)
    flat = values.reshape(len(values), -1)
    centred = flat - flat.mean(axis=0)
    return centred @ centred.T


def _check_counts(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    if first[:1] != second[:1] or not first or first[0] < 2:
        found = " and ".join(str(shape[0]) if shape else "a number" for shape in (first, second))
        raise wrong("representations", "both of the same 2 or more images", found)

"""How alike two representations of the same images are, whatever their axes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError


def linear_cka(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
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
    one, other = _gram(first), _gram(second)
    if len(one) != len(other) or len(one) < 2:
        raise InputError(
            f"representations: expected both of the same 2 or more images, "
            f"found {len(one)} and {len(other)}"
        )
    norms = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.vdot(one, other) / norms) if norms else 0.0


def _gram(representation: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(representation, np.float64)
    flat = values.reshape(len(values), -1)
    centred = flat - flat.mean(axis=0)
    return centred @ centred.T

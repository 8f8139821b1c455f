"""How good a classifier is: for each class, image by image, and as a probability."""

import dataclasses

import numpy as np

from tfcnn.showing import Record
from tfcnn.typing import Float64, Floats, Int32, Int64


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ClassScores(Record):
    """The scores of each class, float64 [classes] in [0, 1]; NaN where they divide by zero.

    With TP the images of the class that were given it, FN those that were given another, and FP
    the images of other classes that were given this one:

    Attributes:
      images: int64 [classes], TP + FN.
      precision: TP / (TP + FP).
      recall: TP / (TP + FN).
      f1: 2 TP / (2 TP + FP + FN), the harmonic mean of the two (van Rijsbergen, "Information
        Retrieval", 1979, chapter 7, with equal weights).
    """

    images: Int64
    precision: Float64
    recall: Float64
    f1: Float64


def class_scores(confused: Int64) -> ClassScores:
    """The scores from int64 [classes, classes], the images' class down, what was said across."""
    right, images, said = np.diagonal(confused), confused.sum(axis=1), confused.sum(axis=0)
    return ClassScores(
        images=images,
        precision=_share(right, said),
        recall=_share(right, images),
        f1=_share(2 * right, images + said),
    )


def _share(part: Int64, whole: Int64) -> Float64:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def log_probabilities(logits: Floats) -> Float64:
    """Natural logarithm of the softmax of ``logits`` [count, classes], in float64.

    ``z - max(z) - log(sum(exp(z - max(z))))``, which neither overflows nor takes the logarithm
    of 0.
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def losses(log_likelihoods: Float64, labels: Int32) -> Float64:
    """Negative log-likelihood of each image's own class in nats, float64 [count], 0 at best.

    Args:
      log_likelihoods: From ``log_probabilities``, [count, classes].
      labels: int32 [count].
    """
    return -log_likelihoods[np.arange(len(labels)), labels]

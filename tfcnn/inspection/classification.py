"""How good a classifier is: for each class, image by image, and as a probability."""

import dataclasses

import numpy as np

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import wrong
from tfcnn.showing import Record
from tfcnn.typing import Array, Float64, Floats, Int64, Labels


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


def check_rows(name: str, values: Array) -> None:
    """Refuses what is not [count > 0, classes].

    Raises:
      InputError: As said.
    """
    if values.ndim != 2 or 0 in values.shape:
        raise wrong(name, "shape [count > 0, classes]", list(values.shape))


def check_confused(counts: Array, name: str = "confused") -> None:
    """Refuses what are no counts [classes, classes].

    Raises:
      InputError: As said.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise wrong(name, "counts [classes, classes]", f"shape {list(counts.shape)}")
    if counts.min() < 0:
        raise wrong(name, "counts from 0", int(counts.min()))


@checked
def class_scores(confused: Int64) -> ClassScores:
    """The scores from int64 [classes, classes], the images' class down, what was said across.

    Raises:
      InputError: It is no such matrix of counts.
    """
    check_confused(confused)
    right, images, said = np.diagonal(confused), confused.sum(axis=1), confused.sum(axis=0)
    return ClassScores(
        images=images,
        precision=_share(right, said),
        recall=_share(right, images),
        f1=_share(2 * right, images + said),
    )


def _share(part: Int64, whole: Int64) -> Float64:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


@checked
def log_probabilities(logits: Floats) -> Float64:
    """Natural logarithm of the softmax of ``logits`` [count, classes], in float64.

    ``z - max(z) - log(sum(exp(z - max(z))))``, which neither overflows nor takes the logarithm
    of 0.

    Raises:
      InputError: They are no such logits.
    """
    check_rows("logits", logits)
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@checked
def losses(log_likelihoods: Float64, labels: Labels) -> Float64:
    """Negative log-likelihood of each image's own class in nats, float64 [count], 0 at best.

    Args:
      log_likelihoods: From ``log_probabilities``, [count, classes].
      labels: Whole numbers [count], from 0.

    Raises:
      InputError: They are no such rows, or the labels are not theirs.
    """
    check_rows("log_likelihoods", log_likelihoods)
    check_labels(labels, *log_likelihoods.shape)
    if log_likelihoods.max() > 0:
        raise wrong("log_likelihoods", "numbers up to 0", f"{log_likelihoods.max():g}")
    return -log_likelihoods[np.arange(len(labels)), labels]

"""What the last maps look like for each class, and which images of two classes look alike."""

import dataclasses
import itertools

import numpy as np

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import InputError
from tfcnn.inspection.classification import check_confused, check_rows
from tfcnn.model import Network, all_activations
from tfcnn.showing import Record
from tfcnn.typing import Count, Float64, Floats, Images, Int32, Int64, Labels, Places


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ClassPatterns(Record):
    """A layer's mean values by class, and which images of two classes look alike to it.

    Of a class without images the means and similarities are NaN.

    Attributes:
      layer: Path of the values, such as ``conv3``.
      means: float64 [classes, ...]: the mean value over the images of the class.
      similarities: float64 [classes, classes]: cosine of the angle between two means, each less
        the mean of all classes that have images.
      lookalikes: int [classes, classes, 2]: of one class's and the other's images, the pair whose
        values have the largest cosine; -1 on the diagonal and where a class has no image.
      lookalike_similarities: float64 [classes, classes]: that cosine; -inf where there is none.
    """

    layer: str
    means: Float64
    similarities: Float64
    lookalikes: Places
    lookalike_similarities: Float64

    def most_alike(self) -> tuple[int, int]:
        """The two images of different classes whose values are most alike."""
        place = np.unravel_index(
            np.argmax(self.lookalike_similarities), self.lookalike_similarities.shape
        )
        first, second = self.lookalikes[place]
        return int(first), int(second)


@checked
def class_patterns(network: Network, layer: str, images: Images, labels: Labels) -> ClassPatterns:
    """How a layer answers to each class, over all ``images``.

    Args:
      network: The network.
      layer: A path of ``Network.activations``, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], of two classes or more.
      labels: Whole numbers [count], from 0.

    Raises:
      InputError: The network has no such layer, all images are of one class, or the labels are
        not theirs.
    """
    from sklearn.metrics.pairwise import cosine_similarity

    check_labels(labels, len(images), network.classes)
    present = np.unique(labels)
    if len(present) < 2:
        raise InputError(f"labels: expected two or more classes, found {len(present)}")
    values = all_activations(network, layer, images)
    flat = values.reshape(len(values), -1)
    means = np.full((network.classes, flat.shape[1]), np.nan)
    for label in present:
        means[label] = flat[labels == label].mean(axis=0, dtype=np.float64)
    similarities = np.full((network.classes, network.classes), np.nan)
    apart = means[present] - means[present].mean(axis=0)
    similarities[np.ix_(present, present)] = cosine_similarity(apart)
    means = means.reshape(network.classes, *values.shape[1:])
    lookalikes = _lookalikes(flat, labels, network.classes)
    return ClassPatterns(layer, means, similarities, *lookalikes)


@checked
def mistaken_pairs(
    network: Network, layer: str, images: Images, labels: Labels, count: Count
) -> Places:
    """The misclassified images of which the network is surest, each with its lookalike.

    The lookalike is the image of the class that it was taken for, rightly classified, whose values
    at the layer have the largest cosine with its own.

    Args:
      network: The network.
      layer: A path of ``Network.activations``, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.
      labels: Whole numbers [count], from 0.
      count: How many pairs at most, at least 1.

    Returns:
      Int [pairs, 2]: the numbers of both images, the surest mistake first.

    Raises:
      InputError: The network has no such layer, there are no images, or the labels are not theirs.
    """
    from sklearn.metrics.pairwise import cosine_similarity

    check_labels(labels, len(images), network.classes)
    logits = all_activations(network, network.layers[-1].name, images)
    values = all_activations(network, layer, images).reshape(len(images), -1)
    said = logits.argmax(axis=1)
    # How far what it said lies above the right class: 0 where it is right.
    margins = logits.max(axis=1) - logits[np.arange(len(labels)), labels]
    pairs = []
    for number in np.argsort(-margins, kind="stable")[: min(count, int(np.sum(margins > 0)))]:
        candidates = np.flatnonzero((labels == said[number]) & (said == labels))
        if len(candidates):
            cosines = cosine_similarity(values[[number]], values[candidates])
            pairs.append((number, candidates[cosines.argmax()]))
    return np.array(pairs, np.intp).reshape(-1, 2)


@checked
def confusions(logits: Floats, labels: Labels) -> Int64:
    """int64 [classes, classes]: how many images of the row's class were given the column's.

    Args:
      logits: [count, classes], or anything that is largest for the class that is said.
      labels: Whole numbers [count], from 0.

    Raises:
      InputError: They have another shape, or the labels are not theirs.
    """
    check_rows("logits", logits)
    check_labels(labels, *logits.shape)
    classes = logits.shape[1]
    pairs = labels.astype(np.int64) * classes + logits.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


@checked
def most_confused(counts: Int64, most: Count) -> list[tuple[int, int]]:
    """The commonest mistakes, the commonest first, of equal ones in the order of the classes.

    Args:
      counts: int64 [classes, classes], from ``confusions``.
      most: How many at most; there are fewer if the network makes fewer kinds.

    Returns:
      The class of the images and the class that they were given.

    Raises:
      InputError: They are no such counts, or ``most`` is below 1.
    """
    check_confused(counts, "counts")
    wrong = counts - np.diag(np.diag(counts))
    kinds = np.argsort(-wrong, axis=None, kind="stable")[: min(most, np.count_nonzero(wrong))]
    rows, columns = np.unravel_index(kinds, wrong.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _lookalikes(values: Floats, labels: Int32, classes: int) -> tuple[Places, Float64]:
    from sklearn.metrics import pairwise_distances_argmin_min

    pairs = np.full((classes, classes, 2), -1, np.intp)
    closeness = np.full((classes, classes), -np.inf)
    members = [np.flatnonzero(labels == c) for c in range(classes)]
    for first, second in itertools.combinations(range(classes), 2):
        own, others = members[first], members[second]
        if not (own.size and others.size):
            continue
        nearest, distances = pairwise_distances_argmin_min(
            values[own], values[others], metric="cosine"
        )
        row = distances.argmin()
        closeness[first, second] = closeness[second, first] = 1 - distances[row]
        pairs[first, second] = own[row], others[nearest[row]]
        pairs[second, first] = pairs[first, second][::-1]
    return pairs, closeness

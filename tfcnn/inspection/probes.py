"""How much of the classification is done at each layer: what simple readers make of its values."""

import dataclasses
import warnings
from collections.abc import Sequence

import numpy as np
import tqdm

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import wrong
from tfcnn.model import Network, all_activations
from tfcnn.pixels import as_floats, check_shape
from tfcnn.typing import Float32, Images, Int32, Labels

NEIGHBOURS = 5
PENALTY_AN_IMAGE = 0.01


@dataclasses.dataclass(frozen=True)
class Probe:
    """What two readers that know nothing of the network make of one layer's values.

    Attributes:
      layer: Path of the values; ``input`` for the pixels themselves.
      values: How many an image has.
      linear_accuracy: Share of the test images that a linear classifier gets right.
      neighbour_accuracy: Share that the nearest training images get right by majority.
    """

    layer: str
    values: int
    linear_accuracy: float
    neighbour_accuracy: float


@checked
def probe_layers(
    network: Network,
    layers: Sequence[str],
    train: tuple[Images, Labels],
    test: tuple[Images, Labels],
    progress: bool = True,
) -> list[Probe]:
    """What two readers, fitted to the pixels and to each layer's values, get right.

    The linear one is ridge regression on the one-hot classes, with the values centred and scaled
    to a mean square of 1 and a penalty of 0.01 an image. The other one takes the majority of the
    5 nearest training images (all, of fewer) by Euclidean distance. Source of the idea: Alain and
    Bengio, "Understanding Intermediate Layers Using Linear Classifier Probes", 2016.

    Args:
      network: The network.
      layers: Paths of ``Network.activations``, such as ``conv3``.
      train: Images, uint8 or floats in [0, 1], [count, height, width, channels], to fit to, and
        the numbers of their classes [count], of two or more; a few thousand do.
      test: The same of those to judge by.
      progress: Whether to show a progress bar.

    Raises:
      InputError: The network has no such layer, the images have another shape, or the labels are
        not theirs or of one class.
    """
    for name, (images, labels) in (("train", train), ("test", test)):
        check_shape(name, images.shape, (None, *network.input_shape))
        check_labels(labels, len(images), network.classes, name)
    if len(np.unique(train[1])) < 2:
        raise wrong("train", "images of two or more classes", "one")
    probes = []
    for layer in tqdm.tqdm(
        ["input", *layers], desc="probes", unit=" layers", leave=False, disable=not progress
    ):
        seen, unseen = (_values(network, layer, images) for images, _ in (train, test))
        probes.append(_probe(layer, seen, train[1], unseen, test[1]))
    return probes


def _values(network: Network, layer: str, images: Images) -> Float32:
    if layer == "input":
        return as_floats(images).reshape(len(images), -1)
    return all_activations(network, layer, images).reshape(len(images), -1)


def _probe(
    layer: str, seen: Float32, seen_labels: Int32, unseen: Float32, unseen_labels: Int32
) -> Probe:
    """The two readers, fitted and judged; ``seen`` and ``unseen`` are standardised in place."""
    from scipy.linalg import LinAlgWarning
    from sklearn.linear_model import RidgeClassifier
    from sklearn.neighbors import KNeighborsClassifier

    centre = seen.mean(axis=0)
    seen -= centre
    unseen -= centre
    scale = np.sqrt(np.mean(seen**2)) or np.float32(1)
    seen /= scale
    unseen /= scale
    with warnings.catch_warnings():
        # Values that nearly repeat one another: the penalty settles which of them is taken.
        warnings.simplefilter("ignore", LinAlgWarning)
        linear = RidgeClassifier(alpha=PENALTY_AN_IMAGE * len(seen), solver="cholesky")
        linear.fit(seen, seen_labels)
    neighbours = min(NEIGHBOURS, len(seen))
    nearest = KNeighborsClassifier(neighbours, algorithm="brute").fit(seen, seen_labels)
    shares = (float(reader.score(unseen, unseen_labels)) for reader in (linear, nearest))
    return Probe(layer, seen.shape[1], *shares)

"""What a network loses when one filter falls silent."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import check_choice, check_length
from tfcnn.model.network import Network
from tfcnn.model.reading import activations_in_batches
from tfcnn.showing import Record
from tfcnn.typing import Float64, Floats, Images, Int64, Labels, Places


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ablation(Record):
    """Accuracies with every filter of a layer silenced, one at a time.

    Attributes:
      layer: Name of the layer.
      images_of_class: int64 [classes]: how many images there are.
      right_before: int64 [classes]: how many the whole network classifies rightly.
      right_without: int64 [filters, classes]: how many it does without the filter.
      means: float64 [filters]: mean activation over images and positions.
      firing_shares: float64 [filters]: share of images in which it is above 0 somewhere.
    """

    layer: str
    images_of_class: Int64
    right_before: Int64
    right_without: Int64
    means: Float64
    firing_shares: Float64

    @property
    def lost(self) -> Float64:
        """float64 [filters]: accuracy lost without it, as a share of all images."""
        fewer = self.right_before.sum() - self.right_without.sum(axis=1)
        return fewer / self.images_of_class.sum()

    @property
    def lost_by_class(self) -> Float64:
        """float64 [filters, classes]: share of the class's images lost, NaN where it has none."""
        fewer = self.right_before - self.right_without
        return fewer / np.where(self.images_of_class, self.images_of_class, np.nan)

    @checked
    def rank_correlation(self, values: Floats) -> float:
        """Spearman's, of the accuracy lost with a figure of each filter; 0 if one is constant.

        Raises:
          InputError: There is not one number a filter.
        """
        check_length("values", np.atleast_1d(values), len(self.means), "numbers, one a filter")
        from scipy.stats import spearmanr

        if not np.ptp(self.lost) or not np.ptp(values):
            return 0.0
        return float(spearmanr(self.lost, values).statistic)

    @property
    def ranking(self) -> Places:
        """Int [filters]: the filters, those that cost most first."""
        return np.argsort(-self.lost, kind="stable")


@checked
def ablate(
    network: Network,
    layer: str,
    images: Images,
    labels: Labels,
    replacement: str = "zero",
    progress: bool = True,
) -> Ablation:
    """What is still right with every filter, or unit, of a layer silenced in turn.

    The layers below are computed once; each filter costs one pass through those above.

    >>> architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> found = tfcnn.inspection.ablate(
    ...     network, "conv1", data.test.images, data.test.labels, progress=False
    ... )
    >>> found.right_without.shape  # [filters, classes]
    (4, 10)

    Args:
      network: The network.
      layer: A layer with weights below the last one, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.
      labels: Whole numbers [count], from 0.
      replacement: What a silent filter puts out at every position: ``zero``, or its ``mean`` over
        all images and positions.
      progress: Whether to show a progress bar.

    Raises:
      InputError: The network has no such layer, ``replacement`` is another word, there are no
        images, or the labels are not theirs.
    """
    check_labels(labels, len(images), network.classes)
    check_choice("layer", layer, network.hidden_layers)
    check_choice("replacement", replacement, ("zero", "mean"))
    means, firing_shares = _statistics(network, layer, images)
    silent = means if replacement == "mean" else np.zeros_like(means)
    count_right = _compile_count_right(network, layer)
    right_without = np.zeros((len(means), network.classes), np.int64)
    right_before = np.zeros(network.classes, np.int64)
    told = f"{layer} without each filter" if progress else ""
    done = 0
    for batch in activations_in_batches(network, [layer], images, told):
        values = tf.constant(batch[layer])
        right = tf.constant(labels[done : done + len(values)])
        done += len(values)
        before, without = count_right(values, right, tf.constant(silent, tf.float32))
        right_before += before.numpy()
        right_without += without.numpy()
    counts = np.bincount(labels, minlength=network.classes)
    return Ablation(layer, counts, right_before, right_without, means, firing_shares)


def _statistics(network: Network, layer: str, images: Images) -> tuple[Float64, Float64]:
    """Mean activation, and share of images in which a filter is above 0 somewhere."""
    totals: Float64 | float = 0.0
    firing: Int64 | int = 0
    for batch in activations_in_batches(network, [layer], images):
        values = batch[layer].reshape(len(batch[layer]), -1, batch[layer].shape[-1])
        totals = totals + values.mean(axis=1, dtype=np.float64).sum(axis=0)
        firing = firing + (values > 0).any(axis=1).sum(axis=0)
    return np.asarray(totals / len(images)), np.asarray(firing / len(images))


def _compile_count_right(
    network: Network, layer: str
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    def right_by_class(values: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        logits = network.logits_from(layer, values)
        is_right = tf.argmax(logits, axis=1, output_type=tf.int32) == labels
        ones = tf.one_hot(labels, network.classes, dtype=tf.int64)
        return tf.reduce_sum(ones * tf.cast(is_right, tf.int64)[:, tf.newaxis], axis=0)

    @tf.function(autograph=False)
    def count_right(
        values: tf.Tensor, labels: tf.Tensor, silent: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        filters = values.shape[-1]

        def without(number: tf.Tensor) -> tf.Tensor:
            chosen = tf.one_hot(number, filters)
            return right_by_class(values * (1 - chosen) + silent * chosen, labels)

        each = tf.map_fn(
            without, tf.range(filters), fn_output_signature=tf.int64, parallel_iterations=1
        )
        return right_by_class(values, labels), each

    return count_right

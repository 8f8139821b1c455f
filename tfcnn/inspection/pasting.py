"""What the network says of real images into which a filter's pattern is pasted."""

import dataclasses

import numpy as np

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import wrong
from tfcnn.model import Network, all_activations
from tfcnn.showing import Record
from tfcnn.typing import (
    Array,
    Float32,
    Float64,
    Image,
    Images,
    Int32,
    Labels,
    Seed,
    Share,
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Pasting(Record):
    """Logits of the same images without the pattern, with it, and with its pixels shuffled.

    Attributes:
      labels: int32 [count].
      before: float32 [count, classes]: logits of the images as they are.
      after: float32 [count, classes]: with the pattern.
      control: float32 [count, classes]: with as much light, but in no order.
    """

    labels: Int32
    before: Float32
    after: Float32
    control: Float32

    def accuracies(self) -> tuple[float, float, float]:
        """Shares classified rightly: as they are, with the pattern, with the control."""
        before, after, control = (
            float(np.mean(logits.argmax(axis=1) == self.labels))
            for logits in (self.before, self.after, self.control)
        )
        return before, after, control

    def moves(self) -> Float64:
        """float64 [classes, classes]: how far the column's logit rises for the row's images.

        NaN in the row of a class without images.
        """
        return self._mean_by_class(self.after - self.before)

    def control_moves(self) -> Float64:
        """The same for the control."""
        return self._mean_by_class(self.control - self.before)

    def _mean_by_class(self, rises: Float32) -> Float64:
        ones = np.eye(rises.shape[1])[self.labels]
        counts = ones.sum(axis=0)
        return ones.T @ rises / np.where(counts, counts, np.nan)[:, np.newaxis]


@checked
def pasted(images: Images, pattern: Image, strength: Share = 1.0) -> Array:
    """Images with a pattern laid over them: of both, the brighter pixel stays.

    Args:
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.
      pattern: The same of one, [height, width, channels].
      strength: What the pattern's pixels are multiplied by, in [0, 1].

    Returns:
      What ``images`` are, of the same type.

    Raises:
      InputError: The pattern has another shape, or the strength is out of its range.
    """
    if pattern.shape != images.shape[1:]:
        raise wrong("pattern", f"shape {list(images.shape[1:])}", list(pattern.shape))
    light = strength * pattern.astype(np.float64)
    is_levels = images.dtype == np.uint8
    return np.maximum(images, (np.rint(255 * light) if is_levels else light).astype(images.dtype))


@checked
def paste(
    network: Network,
    pattern: Image,
    images: Images,
    labels: Labels,
    strength: Share = 1.0,
    seed: Seed = 0,
) -> Pasting:
    """The logits before and after a pattern is pasted into every image.

    The control has the pattern's pixels in a random order: what it does is done by light alone.

    Args:
      network: The network.
      pattern: uint8 or floats in [0, 1], [height, width, channels], such as ``Patterns.images[0]``.
      images: The same of several, [count, height, width, channels], at least one.
      labels: Whole numbers [count], from 0.
      strength: What the pattern's pixels are multiplied by, in [0, 1].
      seed: Of the control's order.

    Raises:
      InputError: The pattern or the images have another shape, the labels are not theirs, or the
        strength is out of its range.
    """
    check_labels(labels, len(images), network.classes)
    scattered = np.random.default_rng(seed).permutation(pattern.reshape(-1, pattern.shape[-1]))
    last = network.layers[-1].name
    patterns = pattern, scattered.reshape(pattern.shape)
    shown = images, *(pasted(images, one, strength) for one in patterns)
    before, after, control = (all_activations(network, last, some) for some in shown)
    return Pasting(labels, before, after, control)

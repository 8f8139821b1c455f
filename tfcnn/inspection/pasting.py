"""What the network says of real images into which a filter's pattern is pasted."""

import dataclasses

import numpy as np

from tfcnn.errors import wrong
from tfcnn.model import Network, all_activations
from tfcnn.showing import Record
from tfcnn.typing import ArrayLike, Float32, Float64, Int32, UInt8


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


def pasted(images: UInt8, pattern: ArrayLike, strength: float = 1.0) -> UInt8:
    """Images with a pattern laid over them: of both, the brighter pixel stays.

    Args:
      images: uint8 [count, height, width, channels].
      pattern: float [height, width, channels] in [0, 1].
      strength: What the pattern's pixels are multiplied by, in [0, 1].

    Raises:
      InputError: The pattern has another shape, or the strength is out of its range.
    """
    light = np.asarray(pattern, np.float64)
    if light.shape != images.shape[1:]:
        raise wrong("pattern", f"shape {list(images.shape[1:])}", list(light.shape))
    if not 0 <= strength <= 1:
        raise wrong("strength", "a number from 0 to 1", strength)
    levels = np.rint(255 * strength * light.clip(0, 1)).astype(np.uint8)
    return np.maximum(images, levels)


def paste(
    network: Network,
    pattern: ArrayLike,
    images: UInt8,
    labels: Int32,
    strength: float = 1.0,
    seed: int = 0,
) -> Pasting:
    """The logits before and after a pattern is pasted into every image.

    The control has the pattern's pixels in a random order: what it does is done by light alone.

    Args:
      network: The network.
      pattern: float [height, width, channels] in [0, 1], such as ``Patterns.images[0]``.
      images: uint8 [count, height, width, channels].
      labels: int32 [count].
      strength: What the pattern's pixels are multiplied by, in [0, 1].
      seed: Of the control's order.

    Raises:
      InputError: The pattern has another shape, or the strength is out of its range.
    """
    light = np.asarray(pattern)
    scattered = np.random.default_rng(seed).permutation(light.reshape(-1, light.shape[-1]))
    last = network.layers[-1].name
    patterns = light, scattered.reshape(light.shape)
    shown = images, *(pasted(images, one, strength) for one in patterns)
    before, after, control = (all_activations(network, last, some) for some in shown)
    return Pasting(labels, before, after, control)

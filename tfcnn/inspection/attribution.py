"""Which pixels made the network say what it says: classic answers for one image, in one table.

Every method takes the network, an image [height, width, channels], uint8 or floats in [0, 1], and
the number of a class, and raises InputError where one does not fit; all else has a default.
It gives float32 [height, width, channels], or [height, width, 1] where it knows places only, so
that the sum over the last axis is one map of the image. Above 0 speaks for the class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np

from tfcnn.arguments import checked, number
from tfcnn.errors import check_choice, wrong
from tfcnn.model.geometry import LayerGeometry, geometry
from tfcnn.model.reading import IMAGES_A_CALL
from tfcnn.pixels import check_shape
from tfcnn.showing import Shown
from tfcnn.typing import ArrayLike, Count, Float32, Image, Seed, Share

if TYPE_CHECKING:
    from tfcnn.model.network import Network


@checked
def gradient(network: Network, image: Image, target: int) -> Float32:
    """How fast the target's logit rises with each pixel, in logits for a change of it by 1.

    Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    return _gradients(network, _checked(network, image, target)[np.newaxis], target)[0]


@checked
def integrated_gradients(
    network: Network, image: Image, target: int, steps: Count = 128
) -> Float32:
    """What each pixel adds to the rise of the logit from the black image to this one, in logits.

    ``x * mean over t of gradient(t x)``, t at the middles of equal steps from 0 to 1. All pixels
    add up to the logit's difference, but for the error of the sum, which falls with ``steps``.
    Source: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.
    """
    pixels = _checked(network, image, target)
    ways = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
    path = ways[:, np.newaxis, np.newaxis, np.newaxis] * pixels
    return pixels * _gradients(network, path, target).mean(axis=0)


@checked
def smooth_gradient(
    network: Network,
    image: Image,
    target: int,
    deviation: Annotated[float, number(0, 100)] = 0.15,
    samples: Count = 64,
    seed: Seed = 0,
) -> Float32:
    """The gradient, averaged over ``samples`` noisy copies of the image.

    The noise is normal, of that ``deviation`` in units of the pixels, and by ``seed``.
    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, "SmoothGrad", 2017.
    """
    pixels = _checked(network, image, target)
    noise = np.random.default_rng(seed).normal(0, deviation, (samples, *pixels.shape))
    copies = (pixels + noise).astype(np.float32)
    return _gradients(network, copies, target).mean(axis=0)


@checked
def grad_cam(network: Network, image: Image, target: int, layer: str | None = None) -> Float32:
    """Where the maps of ``layer``, by default the last one with maps, speak for the target.

    ``relu(sum over maps of w * map)``, with ``w`` the mean of the logit's gradient over the map.
    Each position is put at the centre of what it sees, and the values between are interpolated.
    Source: Selvaraju et al., "Grad-CAM", ICCV 2017.
    """
    import tensorflow as tf

    pixels = _checked(network, image, target)
    rows = {row.name: row for row in geometry(network.architecture, network.input_shape)}
    with_maps = network.layers_with_maps
    if not with_maps:
        raise wrong("layer", "a network with maps", repr(layer))
    layer = with_maps[-1] if layer is None else layer
    check_choice("layer", layer, with_maps)
    maps = network.activations(tf.constant(pixels[np.newaxis]))[layer]
    with tf.GradientTape() as tape:
        tape.watch(maps)
        logit = network.logits_from(layer, maps)[0, target]
    weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
    coarse = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0].numpy()
    return _spread_over_image(coarse, rows[layer], pixels.shape)[..., np.newaxis]


@checked
def occlusion(
    network: Network, image: Image, target: int, size: Count = 5, grey: Share = 0.0
) -> Float32:
    """How much the target's logit falls when a square centred on each pixel is covered.

    The square, of an odd ``size`` in pixels, is painted ``grey``, in [0, 1]; beyond the border it
    covers nothing.
    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.
    """
    if size % 2 == 0:
        raise wrong("size", "an odd number", size)
    pixels = _checked(network, image, target)
    height, width, _ = pixels.shape
    centres = list(np.ndindex(height, width))
    reach = size // 2
    logits = []
    for start in range(0, len(centres), IMAGES_A_CALL):
        chosen = centres[start : start + IMAGES_A_CALL]
        copies = np.repeat(pixels[np.newaxis], len(chosen), axis=0)
        for copy, (y, x) in zip(copies, chosen, strict=True):
            copy[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1] = grey
        logits.append(network(copies)[:, target].numpy())
    whole = network(pixels[np.newaxis])[0, target].numpy()
    return (whole - np.concatenate(logits)).reshape(height, width, 1)


@dataclasses.dataclass(frozen=True)
class Method:
    """One entry of ``METHODS``.

    Attributes:
      title: What pictures call it.
      attribute: The function.
      reads_maps: Whether it takes a ``layer`` with maps besides.
    """

    title: str
    attribute: Callable[..., Float32]
    reads_maps: bool = False


METHODS: Mapping[str, Method] = {
    "gradient": Method("gradient", gradient),
    "integrated_gradients": Method("integrated gradients", integrated_gradients),
    "smooth_gradient": Method("SmoothGrad", smooth_gradient),
    "grad_cam": Method("Grad-CAM", grad_cam, reads_maps=True),
    "occlusion": Method("occlusion by 5x5", occlusion),
}


class Attributions(Shown, dict[str, Float32]):
    """What ``attribute`` finds: a dict, name of the method -> its values.

    Attributes:
      image: float32 [height, width, channels], the image that was asked about.
      target: Number of the class.
      layer: The layer that the methods that read maps have read; None where there is none.
    """

    def __init__(
        self, found: Mapping[str, Float32], image: ArrayLike, target: int, layer: str | None
    ) -> None:
        super().__init__(found)
        self.image = np.asarray(image, np.float32)
        self.target = target
        self.layer = layer

    def in_short(self) -> str:
        """The class and the methods."""
        return f"what speaks for class {self.target}, by {', '.join(self) or 'no method'}"

    @property
    def maps(self) -> dict[str, Float32]:
        """Title of the method -> float32 [height, width], its values added up over channels."""
        return {self._title(name): values.sum(axis=-1) for name, values in self.items()}

    def _title(self, name: str) -> str:
        method = METHODS[name]
        return f"{method.title} of {self.layer}" if method.reads_maps else method.title


@checked
def attribute(
    network: Network,
    image: Image,
    target: int,
    methods: Sequence[str] | None = None,
    layer: str | None = None,
) -> Attributions:
    """What several methods say of one image.

    Args:
      network: The network.
      image: [height, width, channels], uint8 or floats in [0, 1].
      target: Number of the class.
      methods: Names in ``METHODS``. None takes all; where the network has no maps, without those
        that read them.
      layer: For the methods that read maps; None takes the last layer with maps.

    Returns:
      Name of the method -> float32 [height, width, channels or 1].

    Raises:
      InputError: An argument does not fit the network, or no method reads the layer.
    """
    if methods is None:
        can_read = layer is not None or network.layers_with_maps
        methods = [name for name, method in METHODS.items() if can_read or not method.reads_maps]
    for name in methods:
        check_choice("methods", name, METHODS)
    reading = {name: {"layer": layer} for name in methods if METHODS[name].reads_maps}
    if layer is not None and not reading:
        raise wrong("layer", "none, since no method reads it", repr(layer))
    found = {
        name: METHODS[name].attribute(network, image, target, **reading.get(name, {}))
        for name in methods
    }
    read = layer or next(reversed(network.layers_with_maps), None)
    return Attributions(found, image, target, read)


def _checked(network: Network, image: Image, target: int) -> Float32:
    check_shape("image", image.shape, network.input_shape)
    if not 0 <= target < network.classes:
        raise wrong("target", f"0 to {network.classes - 1}", target)
    return image


def _gradients(network: Network, images: Float32, target: int) -> Float32:
    """The gradients of the target's logit by each of several images: the shape of ``images``."""
    import tensorflow as tf

    parts = []
    for start in range(0, len(images), IMAGES_A_CALL):
        batch = tf.constant(images[start : start + IMAGES_A_CALL])
        with tf.GradientTape() as tape:
            tape.watch(batch)
            logits = network(batch)[:, target]
        parts.append(tape.gradient(logits, batch).numpy())
    return np.concatenate(parts)


def _spread_over_image(
    coarse: Float32, row: LayerGeometry, image_shape: tuple[int, ...]
) -> Float32:
    """Interpolates between the centres of what the positions see; beyond the outer ones, theirs."""
    vertical, horizontal = (
        row.offset[axis]
        + np.arange(coarse.shape[axis]) * row.stride[axis]
        + (row.receptive_field[axis] - 1) / 2
        for axis in (0, 1)
    )
    height, width = image_shape[:2]
    tall = np.stack([np.interp(np.arange(height), vertical, column) for column in coarse.T], axis=1)
    wide = np.stack([np.interp(np.arange(width), horizontal, line) for line in tall])
    return wide.astype(np.float32)

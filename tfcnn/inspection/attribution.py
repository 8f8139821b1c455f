"""Which pixels made the network say what it says: five classic answers for one image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model.geometry import LayerGeometry, geometry
from tfcnn.model.network import Network
from tfcnn.model.reading import IMAGES_A_CALL

_Map = npt.NDArray[np.float32]


def gradient(network: Network, image: npt.ArrayLike, target: int) -> _Map:
    """How fast the target's logit rises with each pixel.

    Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013.

    Args:
      network: The network.
      image: float32 [height, width, channels] in [0, 1].
      target: Number of the class.

    Returns:
      float32 [height, width, channels], in logits for a change of a pixel by 1.

    Raises:
      InputError: The image or the class does not fit the network.
    """
    batch = _checked(network, image, target)[np.newaxis]
    return _gradients(network, target)(tf.constant(batch))[0].numpy()


def integrated_gradients(
    network: Network, image: npt.ArrayLike, target: int, steps: int = 128
) -> _Map:
    """Each pixel's share in the rise of the logit from the black image to this one.

    ``x * mean over t of gradient(t x)``, t at the middles of equal steps from 0 to 1. The shares
    add up to the logit's difference, but for the error of the sum, which falls with ``steps``.
    Source: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.

    Args:
      network: The network.
      image: float32 [height, width, channels] in [0, 1].
      target: Number of the class.
      steps: Of the sum, at least 1.

    Returns:
      float32 [height, width, channels], in logits.

    Raises:
      InputError: The image or the class does not fit the network, or ``steps`` is below 1.
    """
    if steps < 1:
        raise InputError(f"steps: expected at least 1, found {steps}")
    pixels = _checked(network, image, target)
    shares = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    path = shares[:, np.newaxis, np.newaxis, np.newaxis] * pixels
    return pixels * _gradients(network, target)(tf.constant(path)).numpy().mean(axis=0)


def smooth_gradient(
    network: Network,
    image: npt.ArrayLike,
    target: int,
    deviation: float = 0.15,
    samples: int = 64,
    seed: int = 0,
) -> _Map:
    """The gradient, averaged over noisy copies of the image.

    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, "SmoothGrad", 2017.

    Args:
      network: The network.
      image: float32 [height, width, channels] in [0, 1].
      target: Number of the class.
      deviation: Of the normal noise, in units of the pixels, at least 0.
      samples: How many copies, at least 1.
      seed: Of the noise.

    Returns:
      float32 [height, width, channels], in logits for a change of a pixel by 1.

    Raises:
      InputError: An argument does not fit.
    """
    if deviation < 0 or samples < 1:
        raise InputError(
            f"deviation, samples: expected at least 0 and 1, found {deviation} and {samples}"
        )
    pixels = _checked(network, image, target)
    noise = np.random.default_rng(seed).normal(0, deviation, (samples, *pixels.shape))
    copies = (pixels + noise).astype(np.float32)
    return _gradients(network, target)(tf.constant(copies)).numpy().mean(axis=0)


def grad_cam(network: Network, image: npt.ArrayLike, target: int, layer: str) -> _Map:
    """Where the maps of a conv layer speak for the target.

    ``relu(sum over maps of w * map)``, with ``w`` the mean of the logit's gradient over the map.
    Each position is put at the centre of what it sees, and the values between are interpolated.
    Source: Selvaraju et al., "Grad-CAM", ICCV 2017.

    Args:
      network: The network.
      image: float32 [height, width, channels] in [0, 1].
      target: Number of the class.
      layer: A layer with maps, such as ``conv3``.

    Returns:
      float32 [height, width], at least 0.

    Raises:
      InputError: An argument does not fit.
    """
    pixels = _checked(network, image, target)
    rows = {row.name: row for row in geometry(network.architecture, network.input_shape)}
    with_maps = network.layers_with_maps
    if layer not in with_maps:
        expected = f"one of {', '.join(with_maps)}" if with_maps else "a network with maps"
        raise InputError(f"layer: expected {expected}, found {layer!r}")
    maps = network.activations(tf.constant(pixels[np.newaxis]))[layer]
    with tf.GradientTape() as tape:
        tape.watch(maps)
        logit = network.logits_from(layer, maps)[0, target]
    weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
    coarse = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0].numpy()
    return _spread_over_image(coarse, rows[layer], pixels.shape)


def occlusion(
    network: Network, image: npt.ArrayLike, target: int, size: int = 5, grey: float = 0.0
) -> _Map:
    """How much the target's logit falls when a square of the image is covered.

    The square visits every place where it covers a pixel at its centre; beyond the border it
    covers nothing. Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional
    Networks", ECCV 2014.

    Args:
      network: The network.
      image: float32 [height, width, channels] in [0, 1].
      target: Number of the class.
      size: Height and width of the square in pixels, odd.
      grey: What it is painted with, in [0, 1].

    Returns:
      float32 [height, width], in logits: the fall with the square centred on each pixel.

    Raises:
      InputError: An argument does not fit.
    """
    if size < 1 or size % 2 == 0 or not 0 <= grey <= 1:
        raise InputError(
            f"size, grey: expected an odd number and one from 0 to 1, found {size} and {grey}"
        )
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
        logits.append(network(tf.constant(copies))[:, target].numpy())
    whole = network(tf.constant(pixels[np.newaxis]))[0, target].numpy()
    return (whole - np.concatenate(logits)).reshape(height, width)


def _checked(network: Network, image: npt.ArrayLike, target: int) -> _Map:
    pixels = np.asarray(image)
    if pixels.dtype.kind != "f":
        raise InputError(
            f"image: expected floats in [0, 1], found {pixels.dtype}: divide grey levels by 255"
        )
    pixels = pixels.astype(np.float32)
    if pixels.shape != tuple(network.input_shape):
        raise InputError(f"image: expected shape {network.input_shape}, found {pixels.shape}")
    if not 0 <= target < network.classes:
        raise InputError(f"target: expected 0 to {network.classes - 1}, found {target}")
    return pixels


def _gradients(network: Network, target: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from images to the gradients of their target's logits."""

    def gradients(images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = network(images)[:, target]
        return tape.gradient(logits, images)

    return gradients


def _spread_over_image(coarse: _Map, row: LayerGeometry, image_shape: tuple[int, ...]) -> _Map:
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

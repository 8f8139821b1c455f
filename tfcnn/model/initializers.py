"""Start values of the weights, chosen by the activation function that follows."""

from __future__ import annotations

import math
import zlib

import numpy as np
import numpy.typing as npt

from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.layers import Fans

# Each function's variance is chosen so that signals keep their size from layer to layer.
_HE = ("relu", "elu", "leaky_relu")
_LECUN = ("selu",)
_GLOROT = ("tanh", "sigmoid", "linear", None)


def initial_values(placed: PlacedLayer, seed: int) -> dict[str, npt.NDArray[np.float32]]:
    """Start values of one layer's weights and state.

    Kernels are random, all else is constant. A kernel's values depend on its path, its shape, its
    layer's activation function and the seed alone, so a layer added behind changes nothing here.
    One added before may: it can move the number in a path and change a shape.

    Args:
      placed: The layer at its place.
      seed: Any whole number from 0.

    Returns:
      Path -> array float32.
    """
    values = {}
    for path, tensor in (placed.weights() | placed.state()).items():
        if isinstance(tensor.start, Fans):
            generator = np.random.default_rng([seed, zlib.crc32(path.encode())])
            deviation = kernel_deviation(placed.layer.activation, tensor.start)
            drawn = deviation * generator.standard_normal(tensor.shape)
            values[path] = drawn.astype(np.float32)
        else:
            values[path] = np.full(tensor.shape, tensor.start, np.float32)
    return values


def kernel_deviation(activation: str | None, fans: Fans) -> float:
    """Standard deviation of a kernel's start values.

    * relu, elu, leaky_relu: ``sqrt(2 / fan_in)``. He et al., "Delving Deep into Rectifiers",
      ICCV 2015, equation 10. The factor 2 is derived for relu; elu and leaky_relu are given the
      same.
    * selu: ``sqrt(1 / fan_in)``. LeCun et al., "Efficient BackProp", 1998, section 4.6; asked for
      by Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
    * tanh, sigmoid, linear or none: ``sqrt(2 / (fan_in + fan_out))``. Glorot and Bengio,
      "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
      equation 12.

    Args:
      activation: The activation function's name; None if none follows.
      fans: How many values an output reads, and how many outputs read a value.
    """
    if activation in _HE:
        return math.sqrt(2 / fans.fan_in)
    if activation in _LECUN:
        return math.sqrt(1 / fans.fan_in)
    if activation in _GLOROT:
        return math.sqrt(2 / (fans.fan_in + fans.fan_out))
    raise NotImplementedError(f"no start values for the activation function {activation}")

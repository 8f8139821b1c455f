"""Start values of the weights, chosen by the activation function that follows."""

from __future__ import annotations

import math
import zlib

import numpy as np
import numpy.typing as npt

from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.layers import Conv, Dense, Shape

# Each function's variance is chosen so that signals keep their size from layer to layer.
_HE = ("relu", "elu", "leaky_relu")
_LECUN = ("selu",)


def initial_weights(placed: PlacedLayer, seed: int) -> dict[str, npt.NDArray[np.float32]]:
    """Start values of one layer's weights.

    Kernels are random, biases and offsets 0, scales 1. A tensor's values depend on its path, its
    shape, its layer's activation function and the seed alone, so a layer added behind changes
    nothing here. One added before may: it can move the number in a path and change a shape.

    Args:
      placed: The layer at its place.
      seed: Any whole number from 0.

    Returns:
      Path -> array float32.
    """
    return {
        path: _initial(placed, path, shape, seed) for path, shape in placed.weight_shapes().items()
    }


def initial_state(placed: PlacedLayer) -> dict[str, npt.NDArray[np.float32]]:
    """Moving means 0 and moving variances 1: path -> array float32."""
    return {
        path: np.full(shape, 1.0 if path.endswith("variance") else 0.0, np.float32)
        for path, shape in placed.state_shapes().items()
    }


def kernel_deviation(activation: str, shape: Shape) -> float:
    """Standard deviation of a kernel's start values.

    With ``fan_in`` inputs and ``fan_out`` outputs a value, counting the kernel's positions:

    * relu, elu, leaky_relu: ``sqrt(2 / fan_in)``. He et al., "Delving Deep into Rectifiers",
      ICCV 2015, equation 10. The factor 2 is derived for relu; elu and leaky_relu are given the
      same.
    * selu: ``sqrt(1 / fan_in)``. LeCun et al., "Efficient BackProp", 1998, section 4.6; asked for
      by Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
    * tanh, sigmoid, linear: ``sqrt(2 / (fan_in + fan_out))``. Glorot and Bengio, "Understanding
      the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 12.

    Args:
      activation: The activation function's name.
      shape: The kernel's shape; the last two axes are inputs and outputs.
    """
    positions = math.prod(shape[:-2])
    fan_in, fan_out = positions * shape[-2], positions * shape[-1]
    if activation in _HE:
        return math.sqrt(2 / fan_in)
    if activation in _LECUN:
        return math.sqrt(1 / fan_in)
    return math.sqrt(2 / (fan_in + fan_out))


def _initial(placed: PlacedLayer, path: str, shape: Shape, seed: int) -> npt.NDArray[np.float32]:
    if path.endswith("/kernel") and isinstance(placed.layer, (Conv, Dense)):
        generator = np.random.default_rng([seed, zlib.crc32(path.encode())])
        deviation = kernel_deviation(placed.layer.activation, shape)
        return (deviation * generator.standard_normal(shape)).astype(np.float32)
    return np.full(shape, 1.0 if path.endswith("/scale") else 0.0, np.float32)

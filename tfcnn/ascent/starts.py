"""Images to start a climb from: random fluctuations, and the scan that picks among them."""

import numpy as np
import tensorflow as tf

from tfcnn.model.layers import Shape
from tfcnn.typing import Float32, Int64

# Cells across the image for each scale of fluctuation: the wavelength decides what reacts.
SCALES = (3, 7, 14, 28)


def random_fields(count: int, shape: Shape, seed: int) -> Float32:
    """Random images that mix fluctuations of several scales, each image with its own weights.

    For each of ``SCALES``, normal random numbers on that many cells are enlarged to the image
    (bicubic) and brought to deviation 1; a Dirichlet draw weighs the scales; brightness and
    contrast are random too.

    Args:
      count: Number of images.
      shape: ``(height, width, channels)``.
      seed: From 0.

    Returns:
      float32 [count, height, width, channels] in [0, 1].
    """
    generator = np.random.default_rng(seed)
    height, width, channels = shape
    fields = np.zeros((count, *shape), np.float32)
    weights = np.sqrt(generator.dirichlet(np.full(len(SCALES), 0.7), count))
    for weight, cells in zip(weights.T, SCALES, strict=True):
        noise = generator.standard_normal((count, cells, cells, channels), np.float32)
        field = tf.image.resize(noise, (height, width), "bicubic").numpy()
        field /= field.std(axis=(1, 2, 3), keepdims=True) + 1e-6
        fields += weight[:, None, None, None].astype(np.float32) * field
    brightness = generator.uniform(0.0, 0.6, (count, 1, 1, 1))
    contrast = generator.uniform(0.1, 0.4, (count, 1, 1, 1))
    return np.clip(brightness + contrast * fields, 0, 1).astype(np.float32)


def best_starts(values: Float32, restarts: int) -> Int64:
    """For every objective the candidates that it values most, best first.

    Args:
      values: float32 [candidates, objectives].
      restarts: How many to keep, at most the number of candidates.

    Returns:
      int64 [objectives, restarts], numbers of candidates.
    """
    return np.argsort(-values, axis=0, kind="stable")[:restarts].T

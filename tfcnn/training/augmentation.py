"""Training images moved, turned and scaled a little, each time they are used in another way."""

from __future__ import annotations

import math

import tensorflow as tf

from tfcnn.model.random_numbers import uniform
from tfcnn.training.config import TrainConfig

# Keeps these random numbers apart from those of dropout, which start from the same seed.
_STREAM = 0x6175676D


def augmented(images: tf.Tensor, seed: tf.Tensor, config: TrainConfig) -> tf.Tensor:
    """Every image with a shift, a rotation and a scaling of its own.

    Args:
      images: float32 [batch, height, width, channels].
      seed: int32 [2]; the same seed moves the images in the same way.
      config: ``shift``, ``rotation`` and ``scaling`` bound the changes, which are uniform.

    Returns:
      float32 of the same shape, interpolated between the four nearest pixels; what comes in from
      outside is 0.
    """
    if not (config.shift or config.rotation or config.scaling):
        return images
    shape = tf.shape(images)
    seed = tf.bitwise.bitwise_xor(seed, tf.constant([0, _STREAM], tf.int32))
    random = uniform([4, shape[0]], seed) * 2 - 1
    return transformed(
        images,
        down=config.shift * random[0],
        right=config.shift * random[1],
        angle=math.radians(config.rotation) * random[2],
        scale=1 + config.scaling * random[3],
    )


def transformed(
    images: tf.Tensor, down: tf.Tensor, right: tf.Tensor, angle: tf.Tensor, scale: tf.Tensor
) -> tf.Tensor:
    """Images scaled and turned about their centre, then shifted.

    An output pixel at ``p`` takes the input at ``c + R(angle)^T (p - c - shift) / scale``.

    Args:
      images: float32 [batch, height, width, channels].
      down: float32 [batch], in pixels.
      right: float32 [batch], in pixels.
      angle: float32 [batch], in radians, counter-clockwise as one sees it.
      scale: float32 [batch], above 1 enlarges.

    Returns:
      float32 of the same shape, bilinear; what comes in from outside is 0.
    """
    height, width = images.shape[1:3]
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    from_x, from_y = centre_x + right, centre_y + down
    zero = tf.zeros_like(angle)
    # Rows of pixels count downwards, so a turn to the left has the signs of one to the right.
    rows = [
        [cosine, -sine, centre_x - cosine * from_x + sine * from_y],
        [sine, cosine, centre_y - sine * from_x - cosine * from_y],
        [zero, zero],
    ]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([value for row in rows for value in row], axis=1),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )

"""Gaussian blur and small shifts of images, safe for any size and number of channels.

What lies outside an image counts as black (0).
"""

import tensorflow as tf

# No shift, and one pixel down, up, right and left: (rows, columns).
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))


def blur(images: tf.Tensor, sigma: float | tf.Tensor) -> tf.Tensor:
    """The convolution with ``exp(-d^2 / (2 sigma^2))``, normalised to sum 1.

    Args:
      images: float32 [batch, height, width, channels].
      sigma: Standard deviation in pixels; near 0 leaves the images as they are.

    Returns:
      float32, the shape of ``images``.
    """
    batch, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    down = _blur_matrix(height, sigma)
    across = _blur_matrix(width, sigma)
    rows = tf.matmul(down, tf.reshape(images, [batch, height, width * channels]))
    if channels == 1:
        blurred = tf.matmul(tf.reshape(rows, [batch, height, width]), across)
    else:
        blurred = tf.einsum("bhwc,wv->bhvc", tf.reshape(rows, tf.shape(images)), across)
    return tf.reshape(blurred, tf.shape(images))


def shift(images: tf.Tensor, by: tf.Tensor | tuple[int, int]) -> tf.Tensor:
    """The content moved by (rows down, columns right); what comes in is black.

    Args:
      images: float32 [batch, height, width, channels].
      by: Each from -1 to 1.

    Returns:
      float32, the shape of ``images``.
    """
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    height, width, channels = images.shape[1:]
    return tf.slice(padded, [0, 1 - by[0], 1 - by[1], 0], [-1, height, width, channels])


def _blur_matrix(length: int, sigma: float | tf.Tensor) -> tf.Tensor:
    """The blur of one axis as a symmetric matrix, float32 [length, length]."""
    sigma = tf.maximum(tf.cast(sigma, tf.float32), 1e-3)
    distance = tf.range(-length, length + 1, dtype=tf.float32)
    weights = tf.exp(-tf.square(distance) / (2 * tf.square(sigma)))
    weights /= tf.reduce_sum(weights)
    places = tf.range(length)
    return tf.gather(weights, places[:, None] - places[None, :] + length)

"""A batch in parts that go through the network side by side."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def in_parts(
    function: Callable[[int, tf.Tensor], tf.Tensor], batch: tf.Tensor, parts: int
) -> tf.Tensor:
    """``function`` of each part of ``batch``, joined along the first axis.

    The parts do not depend on each other, so TensorFlow computes them, and later their gradients,
    at the same time.

    Args:
      function: Takes a part's number and the part, which is never empty.
      batch: [count, ...], any count above 0.
      parts: At least 1; their lengths differ by at most one.
    """
    if parts == 1:
        return function(0, batch)
    count = tf.shape(batch)[0]
    # oneDNN's convolution of no image has no channels: repeat one, and leave its result out.
    lacking = tf.repeat(batch[:1], tf.maximum(parts - count, 0), axis=0)
    filled = tf.concat([batch, lacking], axis=0)
    edges = [tf.shape(filled)[0] * number // parts for number in range(parts + 1)]
    results = [
        function(number, filled[edges[number] : edges[number + 1]]) for number in range(parts)
    ]
    return tf.concat(results, axis=0)[:count]


def seed_of_part(seed: tf.Tensor, number: int, parts: int) -> tf.Tensor:
    """int32 [2]: what ``seed`` (int32 [2], training and step) is for one part of the batch."""
    return tf.stack([seed[0], seed[1] * parts + number])

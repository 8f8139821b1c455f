"""Uniform random numbers that are the same with and without XLA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

# How many bits of a number of the type are drawn: all that follow the leading one.
_BITS = {tf.float32: 23, tf.float16: 10, tf.bfloat16: 7}


def uniform(
    shape: Sequence[Any] | tf.Tensor, seed: tf.Tensor, dtype: tf.DType = tf.float32
) -> tf.Tensor:
    """Numbers from 0 to below 1, a function of the seed alone.

    They are those of ``tf.random.stateless_uniform`` on a processor without XLA. That function
    itself is no such thing: even of a generator that is named, XLA makes its floats from the
    highest bits, the processor from the lowest. Bits are the same in both, so here they are drawn.

    Args:
      shape: Of the result.
      seed: int32 [2].
      dtype: float32, float16 or bfloat16.

    Source of the bits: Philox 4x32-10, Salmon et al., "Parallel Random Numbers: As Easy as
    1, 2, 3", SC 2011.
    """
    count = 2 ** _BITS[dtype]
    drawn = tf.random.stateless_uniform(shape, seed, None, None, tf.uint32, alg="philox")
    low = tf.cast(tf.bitwise.bitwise_and(drawn, tf.constant(count - 1, tf.uint32)), tf.float32)
    return tf.cast(low / count, dtype)  # Exact: a division by a power of two.

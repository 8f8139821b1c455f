"""What each kind of layer does to a batch, in raw TensorFlow operations.

Everything is float32; maps are NHWC, kernels HWIO.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.layers import BatchNorm, Conv, Dense, Dropout, Flatten, Layer, Pool


@dataclasses.dataclass(frozen=True)
class TrainingMode:
    """What a forward pass in training needs and leaves behind.

    Attributes:
      seed: int32 [2], the seed of this step's dropout.
      moved: Filled by the pass: path of a moving mean or variance -> its next value.
    """

    seed: tf.Tensor
    moved: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)


def linear_output(
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    """The layer's value before its activation function.

    Args:
      placed: The layer at its place.
      inputs: float32 [batch, *placed.input_shape].
      weights: Path -> variable; this layer's are read.
      mode: None for inference.

    Returns:
      float32 [batch, *placed.output_shape].
    """
    return _apply(placed.layer, placed, inputs, weights, mode)


@functools.singledispatch
def _apply(layer: Layer, placed: PlacedLayer, inputs: tf.Tensor, *_: Any) -> tf.Tensor:
    raise TypeError(f"no operation for {type(layer).__name__}")


@_apply.register
def _conv(
    layer: Conv,
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    del mode
    maps = tf.nn.conv2d(
        inputs,
        weights[f"{placed.name}/kernel"],
        strides=layer.stride,
        padding=layer.padding.upper(),
    )
    return tf.nn.bias_add(maps, weights[f"{placed.name}/bias"])


@_apply.register
def _pool(layer: Pool, placed: PlacedLayer, inputs: tf.Tensor, *_: Any) -> tf.Tensor:
    del placed
    pool = tf.nn.max_pool2d if layer.mode == "max" else tf.nn.avg_pool2d
    window = layer.window
    return pool(inputs, ksize=window.size, strides=window.stride, padding=window.padding.upper())


@_apply.register
def _flatten(layer: Flatten, placed: PlacedLayer, inputs: tf.Tensor, *_: Any) -> tf.Tensor:
    del layer
    return tf.reshape(inputs, [-1, *placed.output_shape])


@_apply.register
def _dense(
    layer: Dense,
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    del layer, mode
    product = tf.matmul(inputs, weights[f"{placed.name}/kernel"])
    return tf.nn.bias_add(product, weights[f"{placed.name}/bias"])


@_apply.register
def _dropout(
    layer: Dropout,
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    del weights
    if mode is None:
        return inputs
    # Each dropout layer of a network needs numbers of its own.
    seed = mode.seed + tf.constant([0, zlib.crc32(placed.name.encode()) >> 1], tf.int32)
    return tf.nn.experimental.stateless_dropout(inputs, rate=layer.rate, seed=seed)


@_apply.register
def _batchnorm(
    layer: BatchNorm,
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    stored = {part: weights[f"{placed.name}/{part}"] for part in ("moving_mean", "moving_variance")}
    mean, variance = stored["moving_mean"], stored["moving_variance"]
    if mode is not None:
        mean, variance = tf.nn.moments(inputs, axes=list(range(len(inputs.shape) - 1)))
        for part, batch in (("moving_mean", mean), ("moving_variance", variance)):
            mode.moved[f"{placed.name}/{part}"] = (
                layer.momentum * stored[part] + (1 - layer.momentum) * batch
            )
    return tf.nn.batch_normalization(
        inputs,
        mean,
        variance,
        offset=weights[f"{placed.name}/offset"],
        scale=weights[f"{placed.name}/scale"],
        variance_epsilon=layer.epsilon,
    )

"""What each kind of layer does to a batch, in raw TensorFlow operations.

Maps are NHWC, kernels HWIO. Variables are float32; the arithmetic is done in the type of the
layer's input, except that batch normalisation always counts in float32.
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
      precision: The type of the arithmetic between the normalised images and the logits.
      moved: Filled by the pass: path of a moving mean or variance -> its next value.
    """

    seed: tf.Tensor
    precision: tf.DType = tf.float32
    moved: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)


def before_bias(
    placed: PlacedLayer,
    inputs: tf.Tensor,
    weights: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    """The layer's value before its bias and its activation function.

    Args:
      placed: The layer at its place.
      inputs: [batch, *placed.input_shape], a float type.
      weights: Path -> variable; this layer's are read.
      mode: None for inference.

    Returns:
      [batch, *placed.output_shape], the type of ``inputs``.
    """
    return _apply(placed.layer, placed, inputs, weights, mode)


def add_bias(
    placed: PlacedLayer, value: tf.Tensor, weights: Mapping[str, tf.Variable]
) -> tf.Tensor:
    """The linear output: ``value`` of ``before_bias`` and the layer's bias, where it has one."""
    bias = weights.get(f"{placed.name}/bias")
    # The gradient of tf.nn.bias_add loses a tenth of itself in bfloat16; that of a sum does not.
    return value if bias is None else value + tf.cast(bias, value.dtype)


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
    kernel = tf.cast(weights[f"{placed.name}/kernel"], inputs.dtype)
    return tf.nn.conv2d(inputs, kernel, strides=layer.stride, padding=layer.padding.upper())


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
    return tf.matmul(inputs, tf.cast(weights[f"{placed.name}/kernel"], inputs.dtype))


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
    values = tf.cast(inputs, tf.float32)
    if mode is not None:
        mean, variance = tf.nn.moments(values, axes=list(range(len(inputs.shape) - 1)))
        for part, batch in (("moving_mean", mean), ("moving_variance", variance)):
            mode.moved[f"{placed.name}/{part}"] = (
                layer.momentum * stored[part] + (1 - layer.momentum) * batch
            )
    normalized = tf.nn.batch_normalization(
        values,
        mean,
        variance,
        offset=weights[f"{placed.name}/offset"],
        scale=weights[f"{placed.name}/scale"],
        variance_epsilon=layer.epsilon,
    )
    return tf.cast(normalized, inputs.dtype)

"""The forward pass: an image in, the value of every layer out."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import tensorflow as tf

from tfcnn.model.activation_functions import FUNCTIONS
from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.layers import BatchNorm, Conv, Dense, Pool
from tfcnn.model.operations import TrainingMode, add_bias, before_bias


def layer_values(
    layers: Sequence[PlacedLayer],
    variables: Mapping[str, tf.Variable],
    images: tf.Tensor,
    mode: TrainingMode | None,
) -> dict[str, tf.Tensor]:
    """Every layer's value, in order.

    Bias and activation functions rise, so ``f(max(x) + b) = max(f(x + b))`` to the last bit: a
    maximum is taken before them, and they work on its fewer values. The values of a layer that a
    maximum follows are therefore read-outs: no gradient of a later layer flows to them.

    Args:
      layers: All layers of a network.
      variables: Path -> variable, all weights and the state.
      images: float32 [batch, height, width, channels] in [0, 1]. Fewer rows and columns than the
        network's input are enough for the last layer: ``geometry.pixels_read``.
      mode: What a training step passes; None for inference.

    Returns:
      Path -> [batch, height, width, channels], or [batch, units] after flatten, in the mode's
      precision. A layer with an activation function has two: ``conv1/linear`` before it,
      ``conv1`` after.
    """
    value = (images - variables["input/mean"]) / variables["input/deviation"]
    if mode is not None:
        value = tf.cast(value, mode.precision)
    return values_after(layers, variables, value, mode)


def values_after(
    layers: Sequence[PlacedLayer],
    variables: Mapping[str, tf.Variable],
    value: tf.Tensor,
    mode: TrainingMode | None,
) -> dict[str, tf.Tensor]:
    """As ``layer_values``, for the ``layers`` that follow a layer with this ``value``."""
    values: dict[str, tf.Tensor] = {}
    raw, late = value, tf.identity  # value = late(raw), where late rises with raw.
    for placed in layers:
        with tf.name_scope(placed.name):  # So a profile of the graph tells layers apart.
            layer = placed.layer
            if isinstance(layer, Pool) and layer.mode == "max":
                value = raw = late(before_bias(placed, raw, variables, mode))
                late = tf.identity
            elif isinstance(layer, (Conv, Dense, BatchNorm)):
                raw = before_bias(placed, value, variables, mode)
                late = functools.partial(_bias_and_activation, placed, variables)
                values[f"{placed.name}/linear"] = linear = add_bias(placed, raw, variables)
                value = FUNCTIONS[layer.activation](linear)
            else:
                value = raw = before_bias(placed, value, variables, mode)
                late = tf.identity
        values[placed.name] = value
    return values


def _bias_and_activation(
    placed: PlacedLayer, variables: Mapping[str, tf.Variable], raw: tf.Tensor
) -> tf.Tensor:
    assert isinstance(placed.layer, (Conv, Dense, BatchNorm))
    return FUNCTIONS[placed.layer.activation](add_bias(placed, raw, variables))

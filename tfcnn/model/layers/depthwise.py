"""Depthwise convolution."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcnn.model.layers.base import Call, Fans, Layer, LayerTensor, Shape
from tfcnn.model.layers.fields import L2, Activation, Count, PaddingWord, Size
from tfcnn.model.layers.window import Window

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Depthwise(Layer):
    """A convolution of each channel by itself, with bias and activation function.

    In text: ``depthwise(kernel_size, multiplier=1, stride=1, pad=valid, act=relu, l2=...)``.
    ``kernel`` is ``[kernel_height, kernel_width, in_channels, multiplier]``; filter ``c *
    multiplier + m`` is that of channel ``c`` with ``kernel[:, :, c, m]``. With a ``conv`` of 1x1
    behind it, it makes the depthwise separable convolution of Howard et al., "MobileNets", 2017.

    Attributes:
      kernel_size: Height and width of the kernels in positions of the layer below.
      multiplier: Number of filters for each channel.
      stride: Step of the kernels, down and across: TensorFlow has no two without oneDNN.
      padding: ``valid`` (no padding) or ``same`` (zeros around the map).
      activation: One of ``fields.ACTIVATION_FUNCTIONS``.
      l2: Overrides the training's L2 coefficient for this kernel; None keeps it.
    """

    kernel_size: Size
    multiplier: Count = 1
    stride: Count = 1
    padding: PaddingWord = "valid"
    activation: Activation = "relu"
    l2: L2 = None

    word = kind = "depthwise"
    reads_all_positions = looks_across_batch = only_passes_on = False

    @property
    def window(self) -> Window:
        """The kernels as they move over the maps."""
        return Window(self.kernel_size, (self.stride, self.stride), self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height, width, channels * multiplier)``."""
        positions = self.window.positions(input_shape, "kernel")
        return (*positions, input_shape[2] * self.multiplier)

    def weights(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """``kernel`` and ``bias``."""
        channels, positions = input_shape[2], math.prod(self.kernel_size)
        kernel = LayerTensor(
            (*self.kernel_size, channels, self.multiplier),
            Fans(positions, positions * self.multiplier),
            input_axis=-2,
            output_axis=None,
        )
        return {"kernel": kernel, "bias": LayerTensor((channels * self.multiplier,), 0.0)}

    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int]:
        """All filters of a channel, one channel after the other."""
        return [c * self.multiplier + m for c in order for m in range(self.multiplier)]

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.nn.depthwise_conv2d``."""
        import tensorflow as tf

        kernel = tf.cast(call.tensors["kernel"], call.inputs.dtype)
        strides = (1, self.stride, self.stride, 1)
        return tf.nn.depthwise_conv2d(call.inputs, kernel, strides, self.padding.upper())

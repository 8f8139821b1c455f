"""Convolution."""

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
class Conv(Layer):
    """A convolution (cross-correlation) with bias and activation function.

    In text: ``conv(filters, kernel_size, stride=1, pad=valid, act=relu, l2=...)``.
    ``kernel`` is HWIO, ``[kernel_height, kernel_width, in_channels, filters]``.

    Attributes:
      filters: Number of output channels.
      kernel_size: Height and width of the kernel in positions of the layer below.
      stride: Step of the kernel, down and across.
      padding: ``valid`` (no padding) or ``same`` (zeros around the map).
      activation: One of ``fields.ACTIVATION_FUNCTIONS``.
      l2: Overrides the training's L2 coefficient for this kernel; None keeps it.
    """

    filters: Count
    kernel_size: Size
    stride: Size = (1, 1)
    padding: PaddingWord = "valid"
    activation: Activation = "relu"
    l2: L2 = None

    word = kind = "conv"
    reads_all_positions = looks_across_batch = only_passes_on = False

    @property
    def window(self) -> Window:
        """The kernel as it moves over the map."""
        return Window(self.kernel_size, self.stride, self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height, width, filters)``."""
        return (*self.window.positions(input_shape, "kernel"), self.filters)

    def weights(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """``kernel`` (HWIO) and ``bias``."""
        channels, positions = input_shape[2], math.prod(self.kernel_size)
        fans = Fans(positions * channels, positions * self.filters)
        kernel = LayerTensor((*self.kernel_size, channels, self.filters), fans, input_axis=-2)
        return {"kernel": kernel, "bias": LayerTensor((self.filters,), 0.0)}

    def carried(self, order: Sequence[int], input_shape: Shape) -> None:
        """None: a filter reads all channels."""

    def operation(self, call: Call) -> tf.Tensor:
        """``tf.nn.conv2d``."""
        import tensorflow as tf

        kernel = tf.cast(call.tensors["kernel"], call.inputs.dtype)
        inputs, (down, across) = call.inputs, self.stride
        if self.kernel_size == (1, 1) and down != across:
            # TensorFlow 2.21 may crash in the gradient of this one (docs/reliability.md).
            # The pixels that it reads, taken first, give the same values without a step.
            inputs, down, across = inputs[:, ::down, ::across], 1, 1
        return tf.nn.conv2d(inputs, kernel, strides=(down, across), padding=self.padding.upper())

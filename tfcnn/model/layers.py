"""Layers as frozen data. Shapes follow from them; no tensor is made here.

Every shape is that of one image, without the batch: ``(height, width, channels)`` before a
``flatten``, ``(units,)`` after it.
"""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar, Literal, TypeAlias

from tfcnn.errors import InputError
from tfcnn.model.layer_fields import checked
from tfcnn.model.window import Padding, Pair, Window

Shape: TypeAlias = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Layer:
    """What all layers share. ``kind`` and the layer's number among its kind make its name.

    A size or stride may be given as one number, for a square.

    Raises:
      InputError: A value is not allowed.
    """

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            try:
                object.__setattr__(self, field.name, checked(field.name, value))
            except InputError as error:
                raise InputError(f"{self.kind}: {field.name}: {error}, found {value!r}") from None

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of this layer's output for an input of ``input_shape``.

        Raises:
          InputError: The layer does not fit this input.
        """
        raise NotImplementedError

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The trained tensors: last part of the path (``kernel``, ``bias`` ...) -> shape."""
        del input_shape
        return {}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The tensors that training moves without a gradient: last part of the path -> shape."""
        del input_shape
        return {}

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiplications with a following addition that one image costs."""
        del input_shape
        return 0


@dataclasses.dataclass(frozen=True)
class Conv(Layer):
    """A convolution (cross-correlation) with bias and activation function.

    ``kernel`` is HWIO, ``[kernel_height, kernel_width, in_channels, filters]``.

    Attributes:
      filters: Number of output channels.
      kernel_size: Height and width of the kernel in positions of the layer below.
      stride: Step of the kernel, down and across.
      padding: ``valid`` (no padding) or ``same`` (zeros around the map).
      activation: One of ``layer_fields.ACTIVATION_FUNCTIONS``.
      l2: Overrides the training's L2 coefficient for this kernel; None keeps it.
    """

    filters: int
    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    activation: str = "relu"
    l2: float | None = None
    kind: ClassVar[str] = "conv"

    @property
    def window(self) -> Window:
        """The kernel as it moves over the map."""
        return Window(self.kernel_size, self.stride, self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height, width, filters)``."""
        return (*self.window.positions(input_shape, "kernel"), self.filters)

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``kernel`` (HWIO) and ``bias``."""
        return {
            "kernel": (*self.kernel_size, input_shape[2], self.filters),
            "bias": (self.filters,),
        }

    def multiply_adds(self, input_shape: Shape) -> int:
        """One for each kernel weight and output position."""
        return math.prod(self.output_shape(input_shape)[:2]) * math.prod(
            self.weight_shapes(input_shape)["kernel"]
        )


@dataclasses.dataclass(frozen=True)
class Pool(Layer):
    """Maximum or average over windows of each channel.

    SAME padding takes no part in the maximum or the average, as in TensorFlow.

    Attributes:
      mode: ``max`` or ``average``.
      size: Height and width of the window.
      stride: Step of the window, down and across; None means its size.
      padding: ``valid`` or ``same``.
    """

    mode: Literal["max", "average"]
    size: Pair
    stride: Pair | None = None
    padding: Padding = "valid"
    kind: ClassVar[str] = "pool"

    @property
    def window(self) -> Window:
        """The pooling window as it moves over the map."""
        return Window(self.size, self.stride or self.size, self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height, width, channels)``, with the channels of the input."""
        return (*self.window.positions(input_shape, "window"), input_shape[2])


@dataclasses.dataclass(frozen=True)
class Flatten(Layer):
    """All positions and channels of an image in one row, channels fastest."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(height * width * channels,)``."""
        return (math.prod(input_shape),)


@dataclasses.dataclass(frozen=True)
class Dense(Layer):
    """``activation(x @ kernel + bias)`` with ``kernel`` ``[inputs, units]``.

    Attributes:
      units: Number of outputs.
      activation: One of ``layer_fields.ACTIVATION_FUNCTIONS``.
      l2: Overrides the training's L2 coefficient for this kernel; None keeps it.
    """

    units: int
    activation: str = "relu"
    l2: float | None = None
    kind: ClassVar[str] = "dense"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(units,)``."""
        if len(input_shape) != 1:
            raise InputError(
                f"needs flat input, found maps of shape {input_shape}: put flatten before it"
            )
        return (self.units,)

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``kernel`` and ``bias``."""
        return {"kernel": (input_shape[0], self.units), "bias": (self.units,)}

    def multiply_adds(self, input_shape: Shape) -> int:
        """One for each kernel weight."""
        return input_shape[0] * self.units


@dataclasses.dataclass(frozen=True)
class Dropout(Layer):
    """In training, sets a share ``rate`` of the inputs to 0 and divides the rest by 1 - rate.

    Source: Srivastava et al., "Dropout", JMLR 2014 (the inverted form: inference does nothing).
    """

    rate: float
    kind: ClassVar[str] = "dropout"

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        return input_shape


@dataclasses.dataclass(frozen=True)
class BatchNorm(Layer):
    """``activation(scale * (x - mean) / sqrt(variance + epsilon) + offset)`` a channel.

    Training takes mean and variance from the batch and moves the stored ones towards them,
    ``moving <- momentum * moving + (1 - momentum) * batch``; inference uses the stored ones.
    Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
    """

    activation: str = "linear"
    momentum: float = 0.9
    epsilon: float = 1e-3
    kind: ClassVar[str] = "batchnorm"

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        return input_shape

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``scale`` and ``offset``, one value a channel."""
        return {"scale": input_shape[-1:], "offset": input_shape[-1:]}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``moving_mean`` and ``moving_variance``, one value a channel."""
        return {"moving_mean": input_shape[-1:], "moving_variance": input_shape[-1:]}

    def multiply_adds(self, input_shape: Shape) -> int:
        """One for each value."""
        return math.prod(input_shape)

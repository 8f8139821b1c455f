"""What every layer says of itself."""

from __future__ import annotations

import abc
import dataclasses
import functools
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from tfcnn.errors import InputError
from tfcnn.model.layers.window import Window

if TYPE_CHECKING:
    import numpy.typing as npt
    import tensorflow as tf

    from tfcnn.model.forward import TrainingMode

Shape: TypeAlias = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Fans:
    """How many values one output reads, and how many outputs read one input value."""

    fan_in: int
    fan_out: int


@dataclasses.dataclass(frozen=True)
class LayerTensor:
    """A tensor that a layer keeps.

    Attributes:
      shape: Its shape.
      start: Where all its values start. ``Fans`` make it a kernel: it starts with random values,
        see ``initializers``, and has an L2 penalty.
      input_axis: Which axis goes with the channels, or units, of the layer's input; None if none.
      output_axis: Which one goes with those of its output.
    """

    shape: Shape
    start: float | Fans
    input_axis: int | None = None
    output_axis: int | None = -1

    @property
    def is_kernel(self) -> bool:
        """Whether it starts with random values and has an L2 penalty."""
        return isinstance(self.start, Fans)

    def by_filter(self, kernel: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A kernel [..., inputs, outputs] as [..., inputs that a filter reads, filters]."""
        own_input = (*kernel.shape[:-2], 1, -1)
        return kernel.reshape(own_input) if self.output_axis is None else kernel


@dataclasses.dataclass(frozen=True)
class Call:
    """What a layer's operation works on.

    Attributes:
      inputs: [batch, *input_shape], a float type. Of maps the last rows and columns may be missing
        that no output depends on.
      tensors: Last part of the path -> float32 variable, the layer's weights and state.
      name: The layer's name.
      output_shape: The shape of its output for one image.
      mode: What a training step passes; None for inference.
    """

    inputs: tf.Tensor
    tensors: Mapping[str, tf.Variable]
    name: str
    output_shape: Shape
    mode: TrainingMode | None


@dataclasses.dataclass(frozen=True)
class Layer(abc.ABC):
    """A kind of layer with its options.

    ``kind`` and the layer's number among its kind make its name. In an architecture's text it
    stands as its ``word``, and in brackets its fields: those without a default by place, the
    others by keyword.

    A size or stride may be given as one number, for a square.

    Raises:
      InputError: A value is not allowed.
    """

    word: ClassVar[str]
    kind: ClassVar[str]

    # What may be left out: a layer without it has none.

    @property
    def activation(self) -> str | None:
        """Name of the activation function that ends it; None if it has none."""
        return None

    @property
    def l2(self) -> float | None:
        """Overrides the training's L2 coefficient for its kernel; None keeps it."""
        return None

    @property
    def takes_maximum(self) -> bool:
        """Whether each output is the largest of some inputs of its channel."""
        return False

    def weights(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """The trained tensors by the last part of their path: ``kernel``, ``bias`` ...

        A ``bias`` is added to what ``operation`` gives; no operation reads it.
        """
        del input_shape
        return {}

    def state(self, input_shape: Shape) -> dict[str, LayerTensor]:
        """The tensors that training moves without a gradient, likewise."""
        del input_shape
        return {}

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiplications with a following addition for one image.

        Every weight of a kernel takes part in one at each position of the output.
        """
        positions = math.prod(self.output_shape(input_shape)[:-1])
        tensors = self.weights(input_shape).values()
        return positions * sum(math.prod(tensor.shape) for tensor in tensors if tensor.is_kernel)

    # What every layer has to say.

    @property
    @abc.abstractmethod
    def window(self) -> Window | None:
        """What it moves over the maps; None if nothing."""

    @property
    @abc.abstractmethod
    def reads_all_positions(self) -> bool:
        """Whether each output reads every position of the maps below."""

    @property
    @abc.abstractmethod
    def looks_across_batch(self) -> bool:
        """Whether in training the output for one image, at one position, depends on all others."""

    @property
    @abc.abstractmethod
    def only_passes_on(self) -> bool:
        """Whether in inference its output is its input in another shape."""

    @abc.abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of this layer's output for an input of ``input_shape``.

        Raises:
          InputError: The layer does not fit this input.
        """

    @abc.abstractmethod
    def carried(self, order: Sequence[int], input_shape: Shape) -> list[int] | None:
        """The order of the output's channels, or units, if the input's come in another ``order``.

        Args:
          order: Which channel, or unit, comes at each place of the input.
          input_shape: The input's shape.

        Returns:
          The same for the output. None if each output reads all channels.
        """

    @abc.abstractmethod
    def operation(self, call: Call) -> tf.Tensor:
        """The layer's value before its bias and its activation function, in raw TensorFlow.

        Maps are NHWC, kernels HWIO. The arithmetic is done in the type of the inputs.

        Returns:
          [batch, *output_shape], the type of the inputs.
        """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            try:
                object.__setattr__(self, field.name, self.checked(field.name, value))
            except InputError as error:
                raise InputError(f"{self.kind}: {field.name}: {error}, found {value!r}") from None

    @classmethod
    def checked(cls, field: str, value: object) -> Any:
        """``value`` as the layer keeps it: a size of one number becomes a pair of it.

        Raises:
          InputError: It is not allowed; the message says what is, and neither field nor value.
        """
        return _checks(cls)[field](value)


@functools.cache
def _checks(layer: type[Layer]) -> dict[str, Callable[[object], Any]]:
    """Field -> the function that ``fields`` annotates its type with."""
    hints = typing.get_type_hints(layer, include_extras=True)
    return {field.name: hints[field.name].__metadata__[0] for field in dataclasses.fields(layer)}

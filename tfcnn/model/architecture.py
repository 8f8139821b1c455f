"""An architecture: a sequence of layers with names that follow from kind and order."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping

from tfcnn.arguments import check_fields, checked, conform
from tfcnn.errors import InputError, wrong
from tfcnn.model.layers import Layer, LayerTensor, Shape
from tfcnn.model.text import layer_to_text, parse_layers

MOST_PIXELS_A_SIDE = 100_000


@dataclasses.dataclass(frozen=True)
class PlacedLayer:
    """A layer at its place in a network: its name, and the shapes around it."""

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape

    def weights(self) -> dict[str, LayerTensor]:
        """Path of each trained tensor, such as ``conv1/kernel`` -> its shape and start."""
        return self._by_path(self.layer.weights(self.input_shape))

    def state(self) -> dict[str, LayerTensor]:
        """Path of each tensor that training moves without a gradient -> its shape and start."""
        return self._by_path(self.layer.state(self.input_shape))

    def _by_path(self, tensors: Mapping[str, LayerTensor]) -> dict[str, LayerTensor]:
        return {f"{self.name}/{part}": tensor for part, tensor in tensors.items()}


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Layers in order. ``str`` gives the text that ``tfcnn.model.parse`` reads back."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        """Refuses what are no layers.

        Raises:
          InputError: There is none, or something else among them.
        """
        check_fields(self)
        if not self.layers:
            raise wrong("layers", "at least one", "none")

    def __str__(self) -> str:
        return " ".join(layer_to_text(layer) for layer in self.layers)

    @property
    def names(self) -> tuple[str, ...]:
        """Names by kind and order: ``conv1 pool1 conv2 ... flatten dense1``.

        There is only one way to flatten, so a single ``flatten`` carries no number.
        """
        counts: collections.Counter[str] = collections.Counter()
        names = []
        for layer in self.layers:
            counts[layer.kind] += 1
            single = layer.kind == "flatten" and counts["flatten"] == 1
            names.append(layer.kind if single else f"{layer.kind}{counts[layer.kind]}")
        return tuple(names)

    def place(self, input_shape: Shape) -> tuple[PlacedLayer, ...]:
        """Every layer with its name and its input and output shapes.

        Args:
          input_shape: ``(height, width, channels)`` of an image.

        Raises:
          InputError: A layer does not fit; the message names it.
        """
        shape: Shape = conform("input_shape", input_shape, tuple[int, ...])
        if len(shape) != 3 or min(shape) < 1 or max(shape) > MOST_PIXELS_A_SIDE:
            raise InputError(
                f"input_shape: expected (height, width, channels), each from 1 to "
                f"{MOST_PIXELS_A_SIDE}, found {shape}"
            )
        placed = []
        for name, layer in zip(self.names, self.layers, strict=True):
            try:
                output_shape = layer.output_shape(shape)
            except InputError as error:
                raise InputError(
                    f"architecture: layer {name} ({layer_to_text(layer)}): {error}"
                ) from None
            placed.append(PlacedLayer(name, layer, shape, output_shape))
            shape = output_shape
        return tuple(placed)

    def tensor_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Path -> shape of every weight and state variable of a network, before any is made.

        Raises:
          InputError: A layer does not fit its input.
        """
        layers = self.place(input_shape)
        shapes = dict.fromkeys(("input/mean", "input/deviation"), layers[0].input_shape[2:])
        for placed in layers:
            tensors = placed.weights() | placed.state()
            shapes |= {path: tensor.shape for path, tensor in tensors.items()}
        return shapes


@checked
def parse(text: str) -> Architecture:
    """Reads an architecture from its text; ``tfcnn.model.text`` describes the language.

    >>> architecture = tfcnn.model.parse("conv(8, 3, pad=same) flatten dense(10, act=linear)")
    >>> architecture.names
    ('conv1', 'flatten', 'dense1')
    >>> str(architecture)
    'conv(8,3,pad=same) flatten dense(10,act=linear)'

    Raises:
      InputError: The text is not an architecture; the message shows the word at fault.
    """
    return Architecture(parse_layers(text))

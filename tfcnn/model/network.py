"""A network: an architecture with its weights, each a named ``tf.Variable``."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.arguments import checked
from tfcnn.errors import InputError, check_choice, told, wrong
from tfcnn.model import weights_file
from tfcnn.model.architecture import Architecture
from tfcnn.model.finite import check_network_values
from tfcnn.model.forward import TrainingMode, layer_values, logits_of_step, normalized
from tfcnn.model.geometry import pixels_read
from tfcnn.model.initializers import initial_values
from tfcnn.model.layers import Shape
from tfcnn.model.normalization import mean_and_deviation
from tfcnn.model.zoo import find
from tfcnn.pixels import as_floats, check_floats, check_range, check_shape
from tfcnn.showing import Shown, times
from tfcnn.typing import Images, PathLike, Seed


class Network(Shown, tf.Module):
    """A convolutional network on raw variables.

    Its input is always an image in [0, 1]: taking off the mean and dividing by the deviation is
    the network's own first step.

    >>> network = tfcnn.model.Network(tfcnn.model.find("simple"), (28, 28, 1), seed=0)
    >>> network.weights["conv1/kernel"].shape
    TensorShape([3, 3, 1, 32])
    >>> images = data.test.images[:5] / 255
    >>> network(images).shape
    TensorShape([5, 10])

    Attributes:
      architecture: The layers.
      input_shape: ``(height, width, channels)`` of an image.
      layers: Every layer with its name and shapes, in order.
      has_normalization: Whether ``input/mean`` and ``input/deviation`` were set, by ``assign``,
        ``load`` or ``normalize_to``; a training leaves them then.
      seed: By which the kernels were drawn that it was made with.
      trained_in: The folder of the run whose training moves these weights, or None.
    """

    @checked
    def __init__(
        self, architecture: Architecture | str, input_shape: Shape, seed: Seed = 0
    ) -> None:
        """Makes the variables, with random kernels by ``seed``, as ``initial_values`` says.

        Args:
          architecture: The layers, or their text, or a name of the zoo.
          input_shape: ``(height, width, channels)`` of an image.
          seed: Any whole number from 0.

        Raises:
          InputError: It is no architecture, or a layer does not fit its input.
        """
        super().__init__(name="network")
        self.architecture = architecture = find(architecture)
        self.input_shape: Shape = input_shape
        self.layers = architecture.place(self.input_shape)
        self.has_normalization = False
        self.trained_in: pathlib.Path | None = None
        self.seed = seed
        self._pixels_read = pixels_read(architecture, self.input_shape)
        channels = self.input_shape[2]
        values = {
            "input/mean": np.zeros(channels, np.float32),
            "input/deviation": np.ones(channels, np.float32),
        }
        for placed in self.layers:
            values |= initial_values(placed, seed)
        trained = {path for placed in self.layers for path in placed.weights()}
        variables = {
            path: tf.Variable(value, trainable=path in trained, name=path)
            for path, value in values.items()
        }
        # The names of these two attributes stand in checkpoints.
        self._weights = {path: v for path, v in variables.items() if path in trained}
        self._state = {path: v for path, v in variables.items() if path not in trained}

    def in_short(self) -> str:
        """What goes in and comes out, how many weights there are, and the layers."""
        count = sum(weight.shape.num_elements() for weight in self.weights.values())
        sides = f"{times(self.input_shape)} to {times(self.layers[-1].output_shape)}"
        return f"{sides}, {count:,} weights, {self.architecture}"

    @property
    def weights(self) -> Mapping[str, tf.Variable]:
        """Path -> variable, what training moves by gradients, in the order of the layers."""
        return MappingProxyType(self._weights)

    @property
    def state(self) -> Mapping[str, tf.Variable]:
        """Path -> variable, what is kept beside the weights and has no gradient.

        These are ``input/mean`` and ``input/deviation`` [channels], and the moving statistics of
        batch normalisation.
        """
        return MappingProxyType(self._state)

    @property
    def classes(self) -> int:
        """The number of logits.

        Raises:
          InputError: The last layer gives maps, not logits.
        """
        last = self.layers[-1]
        if len(last.output_shape) != 1:
            raise InputError(
                f"architecture: expected a flat last layer such as dense(10,act=linear), "
                f"found {last.name} with output {last.output_shape}"
            )
        return last.output_shape[0]

    @checked
    def normalize_to(self, images: Images) -> None:
        """Sets ``input/mean`` and ``input/deviation`` to those of ``images``, by channel.

        The deviation of a channel that is constant is set to 1.

        Args:
          images: uint8, or floats in [0, 1], [count, height, width, channels], the training images.

        Raises:
          InputError: The images have another shape or type, or there are none.
        """
        check_shape("images", images.shape, (None, *self.input_shape))
        channels = range(self.input_shape[2])
        means, deviations = zip(
            *(mean_and_deviation(images[..., i]) for i in channels), strict=True
        )
        self._state["input/mean"].assign(means)
        self._state["input/deviation"].assign([deviation or 1.0 for deviation in deviations])
        self.has_normalization = True

    def __call__(self, images: tf.Tensor, mode: TrainingMode | None = None) -> tf.Tensor:
        """The logits: ``net(x)`` is inference, ``net(x, TrainingMode(seed=[0, 1]))`` a training's.

        Args:
          images: float32 [batch, height, width, channels] in [0, 1]; other floats are converted.
            They are taken as they are, also beyond [0, 1], as gradients may lead there.
          mode: What a training step passes, for dropout and the statistics of the batch.

        Returns:
          float32 [batch, classes].

        Raises:
          InputError: The images have another shape or type.
        """
        checked_images, (height, width) = self._checked(images, mode), self._pixels_read
        variables = self._all(mode)
        value = normalized(checked_images[:, :height, :width], variables, mode)
        if mode is not None:
            return tf.cast(logits_of_step(self.layers, variables, value, mode), tf.float32)
        return layer_values(self.layers, variables, value, None)[self.layers[-1].name]

    def activations(
        self, images: tf.Tensor, mode: TrainingMode | None = None
    ) -> dict[str, tf.Tensor]:
        """Every layer's value, in order.

        A layer with an activation function has two: ``conv1/linear`` before it, ``conv1`` after.

        >>> network = tfcnn.model.Network(tfcnn.model.parse("conv(4,3) max(2)"), (28, 28, 1))
        >>> for path, value in network.activations(data.test.images[:5] / 255).items():
        ...     print(path, value.shape)
        conv1/linear (5, 26, 26, 4)
        conv1 (5, 26, 26, 4)
        pool1 (5, 13, 13, 4)

        Args:
          images: float32 [batch, height, width, channels] in [0, 1]; other floats are converted.
            An array may be uint8 besides, and is checked; a tensor is taken as it is.
          mode: What a training step passes; None for inference.

        Returns:
          Path -> float32 [batch, height, width, channels], or [batch, units] after flatten.
          With a mode, in its precision.

        Raises:
          InputError: The images have another shape or type.
        """
        if isinstance(images, np.ndarray) and images.dtype == np.uint8:
            images = as_floats(images)
        checked_images = self._checked(images, mode)
        if not tf.is_tensor(images):
            check_range("images", np.asarray(images, np.float32))
        variables = self._all(mode)
        value = normalized(checked_images, variables, mode)
        return layer_values(self.layers, variables, value, mode)

    @property
    def hidden_layers(self) -> tuple[str, ...]:
        """The names of the layers with weights, without the last one."""
        return tuple(placed.name for placed in self.layers if placed.weights())[:-1]

    @property
    def layers_with_maps(self) -> tuple[str, ...]:
        """The names of the layers whose output has a height and a width."""
        return tuple(placed.name for placed in self.layers if len(placed.output_shape) == 3)

    @property
    def layer_to_show(self) -> str:
        """The layer that programs look into unless told: the last hidden one with weights and maps.

        Without maps the last hidden one, and without hidden layers the last with weights.
        """
        last = [placed.name for placed in self.layers if placed.weights()] or [self.layers[-1].name]
        with_maps = [name for name in self.hidden_layers if name in self.layers_with_maps]
        return (with_maps or self.hidden_layers or last)[-1]

    def logits_from(self, layer: str, values: tf.Tensor) -> tf.Tensor:
        """The logits that follow from one layer's activations, whatever they come from.

        Args:
          layer: A layer's name, such as ``conv3``.
          values: float32 [batch, ...], as ``activations`` gives for this layer; other floats are
            converted.

        Returns:
          float32 [batch, classes].

        Raises:
          InputError: The network has no such layer, or the values have another shape.
        """
        names = [placed.name for placed in self.layers]
        check_choice("layer", layer, names)
        placed, *rest = self.layers[names.index(layer) :]
        values = _floats("values", values, (None, *placed.output_shape))
        return layer_values(rest, self._all(), values, None)[rest[-1].name] if rest else values

    @checked
    def save(self, path: PathLike) -> None:
        """Writes weights, state and architecture to a safetensors file, whole or not at all.

        Raises:
          InputError: A value is not finite, or the file cannot be written.
        """
        tensors = self.tensors()
        check_network_values(tensors)
        weights_file.write(path, tensors, str(self.architecture), self.input_shape)

    @classmethod
    @checked
    def load(cls, path: PathLike) -> Network:
        """Reads a network that ``save`` wrote.

        Raises:
          InputError: The file is missing, damaged or not one of ours; the message says how.
        """
        stored = weights_file.read(path)
        network = cls(stored.architecture, stored.input_shape)
        network._set(stored.tensors)
        network.has_normalization = True
        return network

    def tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """A copy of every weight and state variable, as ``assign`` takes them: path -> array."""
        return {path: variable.numpy() for path, variable in self._all().items()}

    @checked
    def assign(self, tensors: Mapping[str, Any]) -> None:
        """Sets every weight and state variable.

        Args:
          tensors: Path -> float32 array, exactly the paths of ``weights`` and ``state``.

        Raises:
          InputError: A path is missing or unknown, a shape or type differs, or a value is not
            finite. Nothing is set.
        """
        shapes = self.architecture.tensor_shapes(self.input_shape)
        weights_file.check_tensors(shapes, tensors, "tensors")
        self._set(tensors)
        self.has_normalization = True

    def _set(self, tensors: Mapping[str, Any]) -> None:
        """As ``assign``, of tensors that were checked."""
        for path, variable in self._all().items():
            variable.assign(tensors[path])

    def _all(self, mode: TrainingMode | None = None) -> dict[str, tf.Variable]:
        return {**self._state, **self._weights, **(mode.weights if mode else {})}

    def _checked(self, images: tf.Tensor, mode: TrainingMode | None) -> tf.Tensor:
        if not isinstance(mode, (TrainingMode, type(None))):
            raise wrong("mode", "a TrainingMode or None", told(mode))
        return _floats("images", images, (None, *self.input_shape))


def _floats(name: str, value: Any, expected: tuple[int | None, ...]) -> tf.Tensor:
    """``value`` as float32, if it is floats of that shape."""
    try:
        tensor = tf.convert_to_tensor(value)
    except (TypeError, ValueError):
        raise wrong(name, "floats in an array or tensor", told(value)) from None
    shape = expected if tensor.shape.rank is None else tensor.shape.as_list()
    check_floats(name, tensor.dtype.name, shape, expected)
    return tf.cast(tensor, tf.float32)

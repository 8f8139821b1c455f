"""The forward pass: an image in, the value of every layer out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import tensorflow as tf

from tfcnn.arguments import conform, whole
from tfcnn.errors import check_choice
from tfcnn.model.architecture import PlacedLayer
from tfcnn.model.layers import Call
from tfcnn.model.layers.fields import LEAKY_SLOPE

ACTIVATION_FUNCTIONS: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "relu": tf.nn.relu,
    # Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
    "selu": tf.nn.selu,
    # Clevert et al., "Exponential Linear Units", ICLR 2016.
    "elu": tf.nn.elu,
    # Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    "leaky_relu": lambda x: tf.nn.leaky_relu(x, alpha=LEAKY_SLOPE),
    "tanh": tf.math.tanh,
    "sigmoid": tf.math.sigmoid,
    "linear": tf.identity,
}

_HalfASeed = Annotated[int, whole(-(2**31), 2**31 - 1)]


@dataclasses.dataclass(frozen=True)
class TrainingMode:
    """What a forward pass in training needs and leaves behind: ``network(images, mode)``.

    Without one a pass is inference: dropout does nothing, and batch normalisation takes its moving
    statistics.

    >>> import numpy as np
    >>> network = tfcnn.model.Network(tfcnn.model.parse("flatten dropout(0.5)"), (28, 28, 1))
    >>> pixels = data.test.images[:5] / 255
    >>> dropped = network(pixels, tfcnn.model.TrainingMode(seed=[0, 1]))
    >>> zeros = [np.mean(logits == 0) for logits in (network(pixels), dropped)]
    >>> bool(zeros[0] < zeros[1])
    True

    Attributes:
      seed: int32 [2], the seed of this step's dropout.
      precision: The type of the arithmetic between the normalised images and the logits.
      moved: Filled by the pass: path of a moving mean or variance -> its next value. Who wants the
        statistics to move assigns them: ``network.state[path].assign(value)``.
      at_rest: The names of batch normalisations that compute as in inference.
      weights: Path -> tensor, copies of weights that the pass takes instead of the variables.
    """

    seed: tf.Tensor
    precision: tf.DType = tf.float32
    moved: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)
    at_rest: frozenset[str] = frozenset()
    weights: Mapping[str, tf.Tensor] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a seed and a precision that no pass can take.

        Raises:
          InputError: As said.
        """
        if not tf.is_tensor(self.seed):
            conform("seed", self.seed, tuple[_HalfASeed, _HalfASeed])
        check_choice("precision", self.precision, (tf.float32, tf.float16, tf.bfloat16))
        conform("moved", self.moved, Mapping)
        conform("at_rest", self.at_rest, frozenset)


def normalized(
    images: tf.Tensor, variables: Mapping[str, tf.Variable], mode: TrainingMode | None
) -> tf.Tensor:
    """``(images - mean) / deviation`` by channel, in the mode's precision."""
    value = (images - variables["input/mean"]) / variables["input/deviation"]
    return value if mode is None else tf.cast(value, mode.precision)


def layer_values(
    layers: Sequence[PlacedLayer],
    variables: Mapping[str, tf.Variable],
    value: tf.Tensor,
    mode: TrainingMode | None,
) -> dict[str, tf.Tensor]:
    """Every layer's value, in order: operation, bias, activation function.

    Args:
      layers: Some layers of a network that follow each other.
      variables: Path -> variable, all weights and the state.
      value: What the first of them reads: the normalised images, or the value of the layer before.
        Fewer rows and columns of the images are enough for the last layer:
        ``geometry.pixels_read``.
      mode: What a training step passes; None for inference.

    Returns:
      Path -> [batch, height, width, channels], or [batch, units] after flatten, in the type of
      ``value``. A layer with an activation function has two: ``conv1/linear`` before it,
      ``conv1`` after.
    """
    values: dict[str, tf.Tensor] = {}
    for placed in layers:
        with tf.name_scope(placed.name):  # So a profile of the graph tells layers apart.
            value = _with_bias(placed, _operation(placed, value, variables, mode), variables)
            if placed.layer.activation is not None:
                values[f"{placed.name}/linear"] = value
                value = ACTIVATION_FUNCTIONS[placed.layer.activation](value)
        values[placed.name] = value
    return values


def logits_of_step(
    layers: Sequence[PlacedLayer],
    variables: Mapping[str, tf.Variable],
    value: tf.Tensor,
    mode: TrainingMode,
) -> tf.Tensor:
    """The last layer's value, as ``layer_values`` gives it, at less cost.

    Bias and activation functions rise, so ``f(max(x) + b) = max(f(x + b))`` to the last bit: a
    maximum is taken before them, and they work on its fewer values.
    """
    late = None  # The layer whose bias and activation function wait for the maximum.
    for placed, following in zip(layers, [*layers[1:], None], strict=True):
        with tf.name_scope(placed.name):
            value = _operation(placed, value, variables, mode)
            if late is not None:
                value, late = _activated(late, value, variables), None
            if following is not None and following.layer.takes_maximum:
                late = placed
            else:
                value = _activated(placed, value, variables)
    return value


def _operation(
    placed: PlacedLayer,
    value: tf.Tensor,
    variables: Mapping[str, tf.Variable],
    mode: TrainingMode | None,
) -> tf.Tensor:
    paths = (*placed.weights(), *placed.state())
    tensors = {path.partition("/")[2]: variables[path] for path in paths}
    return placed.layer.operation(Call(value, tensors, placed.name, placed.output_shape, mode))


def _with_bias(
    placed: PlacedLayer, value: tf.Tensor, variables: Mapping[str, tf.Variable]
) -> tf.Tensor:
    bias = variables.get(f"{placed.name}/bias")
    # The gradient of tf.nn.bias_add loses a tenth of itself in bfloat16; that of a sum does not.
    return value if bias is None else value + tf.cast(bias, value.dtype)


def _activated(
    placed: PlacedLayer, value: tf.Tensor, variables: Mapping[str, tf.Variable]
) -> tf.Tensor:
    """The value after bias and activation function, where the layer has them."""
    linear, activation = _with_bias(placed, value, variables), placed.layer.activation
    return linear if activation is None else ACTIVATION_FUNCTIONS[activation](linear)

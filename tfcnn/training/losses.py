"""What training makes small: cross-entropy or another loss, and the L2 penalty on kernels."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeAlias

import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model.network import Network

# Of logits float32 [batch, classes] and labels int32 [batch], float32 [batch].
Loss: TypeAlias = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of the softmax of ``logits``: ``-log(exp(z_label) / sum(exp(z)))``.

    Args:
      logits: float32 [batch, classes].
      labels: int32 [batch], from 0 to classes - 1.

    Returns:
      float32 [batch], in nats.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def check_loss(loss: Loss, classes: int) -> None:
    """Refuses a loss that does not give one float32 an image.

    Raises:
      InputError: It gives something else; the message says what.
    """
    found = tf.convert_to_tensor(loss(tf.zeros([2, classes]), tf.zeros([2], tf.int32)))
    if found.dtype != tf.float32 or found.shape != [2]:
        raise InputError(
            f"loss: expected float32 [2] of two images, found {found.dtype.name} "
            f"{found.shape.as_list()} from {name_of(loss)}"
        )


def name_of(function: Callable[..., object]) -> str:
    """Module and name of a function, or of the class of what can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def l2_coefficients(network: Network, l2: float) -> dict[str, float]:
    """Path of each kernel with a penalty -> its coefficient.

    Args:
      network: Its architecture may give single layers a coefficient of their own.
      l2: The coefficient of all other kernels, at least 0.
    """
    coefficients = {}
    for placed in network.layers:
        own = placed.layer.l2
        for path, tensor in placed.weights().items():
            if tensor.is_kernel:
                coefficients[path] = l2 if own is None else own
    return {path: value for path, value in coefficients.items() if value > 0}


def l2_penalty(weights: Mapping[str, tf.Variable], coefficients: Mapping[str, float]) -> tf.Tensor:
    """``sum over kernels of coefficient * sum(w**2)``, a float32 scalar; biases take no part.

    Krogh and Hertz, "A Simple Weight Decay Can Improve Generalization", NIPS 1991, have the same
    term with a factor of one half.
    """
    terms = [
        value * tf.reduce_sum(tf.square(weights[path])) for path, value in coefficients.items()
    ]
    return tf.add_n(terms) if terms else tf.constant(0.0)

"""A network's values over many images, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.errors import InputError, check_choice
from tfcnn.model.network import Network

BATCH_SIZE = 500


def activations_in_batches(
    network: Network, paths: Sequence[str], images: npt.NDArray[np.uint8]
) -> Iterator[Mapping[str, npt.NDArray[np.float32]]]:
    """The values at ``paths``, for one batch of ``images`` after the other, in order.

    Args:
      network: The network.
      paths: Paths of ``Network.activations``, such as ``conv3``.
      images: uint8 [count, height, width, channels].

    Raises:
      InputError: The network has no such path.
    """
    read = _compile_read(network, paths)
    for start in range(0, len(images), BATCH_SIZE):
        values = read(tf.constant(images[start : start + BATCH_SIZE]))
        yield {path: value.numpy() for path, value in values.items()}


def all_activations(
    network: Network, path: str, images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """The values at one path for all ``images``: float32 [count, ...].

    Raises:
      InputError: The network has no such path, or there are no images.
    """
    if not len(images):
        raise InputError("images: expected at least one, found none")
    # Filled rather than concatenated, which would hold twice what may be half the memory.
    values = np.empty(0, np.float32)
    for number, batch in enumerate(activations_in_batches(network, [path], images)):
        if not number:
            values = np.empty((len(images), *batch[path].shape[1:]), np.float32)
        values[number * BATCH_SIZE : (number + 1) * BATCH_SIZE] = batch[path]
    return values


def _compile_read(
    network: Network, paths: Sequence[str]
) -> Callable[[tf.Tensor], Mapping[str, tf.Tensor]]:
    known = network.activations(tf.zeros((1, *network.input_shape)))
    for path in paths:
        check_choice("layer", path, known)

    @tf.function(
        input_signature=[tf.TensorSpec([None, *network.input_shape], tf.uint8)], autograph=False
    )
    def read(images: tf.Tensor) -> dict[str, tf.Tensor]:
        values = network.activations(tf.cast(images, tf.float32) / 255.0)
        return {path: values[path] for path in paths}

    # Where many networks are read, each by its own function, TensorFlow would warn of retracing.
    return read.get_concrete_function()

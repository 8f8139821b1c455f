"""A network's activations over many images, a batch at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import tqdm

from tfcnn.arguments import checked
from tfcnn.errors import check_choice
from tfcnn.pixels import as_images, check_shape
from tfcnn.typing import Images

if TYPE_CHECKING:
    import tensorflow as tf

IMAGES_A_CALL = 500  # Activations of more no longer fit the processor's cache.
_BYTES_A_LAYER = 2**28  # At most, but for a single image's; wide layers get fewer images a call.


class Subject(Hashable, Protocol):
    """Anything that turns images into named activations.

    A ``tfcnn`` Network is one; ten lines around any other TensorFlow callable make another.
    """

    @property
    def input_shape(self) -> tuple[int, ...]:
        """``(height, width, channels)`` of an image."""

    def activations(self, images: tf.Tensor) -> Mapping[str, tf.Tensor]:
        """Path -> float32 [batch, height, width, channels] or [batch, units].

        Where a path has a twin with ``/linear`` behind it, that is its value before the
        activation function. ``images`` is float32 [batch, *input_shape] in [0, 1].
        """


@checked
def shapes_of(subject: Subject) -> dict[str, tuple[int, ...]]:
    """Path -> (height, width, channels) or (units,), of every activation of ``subject``."""
    blank = np.zeros((1, *subject.input_shape), np.float32)
    return {path: tuple(value.shape[1:]) for path, value in subject.activations(blank).items()}


def images_a_call(subject: Subject) -> int:
    """How many images go through the network at once, so that memory is bounded."""
    widest = max(math.prod(shape) for shape in shapes_of(subject).values())
    return min(IMAGES_A_CALL, max(1, _BYTES_A_LAYER // (4 * widest)))


def linear_path(layer: str, activations: Collection[str]) -> str:
    """The path of a layer's linear output; the layer's own where it has no activation function.

    Raises:
      InputError: There is no such layer; a path that ends in ``/linear`` names none.
    """
    layers = [path for path in activations if not path.endswith("/linear")]
    check_choice("layer", layer, layers)
    linear = f"{layer}/linear"
    return linear if linear in activations else layer


def levels_as_floats(images: tf.Tensor) -> tf.Tensor:
    """uint8 grey levels 0 to 255 as float32 in [0, 1]; floats stay. Of arrays ``as_floats``."""
    import tensorflow as tf

    floats = tf.cast(images, tf.float32)
    return floats / 255.0 if images.dtype == tf.uint8 else floats


def read_in_batches(
    subject: Subject,
    read: Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]],
    images: Images,
    told: str = "",
) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """What a function makes of the activations, for one batch of images after the other.

    Args:
      subject: The network.
      read: From ``subject.activations`` to named tensors; compiled once.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.
      told: What a progress bar says of it; without a text there is none.

    Returns:
      For each ``images_a_call`` images, in order, the arrays of what ``read`` gave.

    Raises:
      InputError: There are no images, or they have another shape or type.
    """
    import tensorflow as tf

    images = as_images("images", images)
    check_shape("images", images.shape, (None, *subject.input_shape))
    batch_of = tf.TensorSpec([None, *subject.input_shape], images.dtype)

    @tf.function(input_signature=[batch_of], autograph=False)
    def read_batch(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        return read(subject.activations(levels_as_floats(batch)))

    # Where many networks are read, each by its own function, TensorFlow would warn of retracing.
    compiled = read_batch.get_concrete_function()
    step = images_a_call(subject)
    batches = (images[at : at + step] for at in range(0, len(images), step))
    count = -(-len(images) // step)
    bar = tqdm.tqdm(batches, told, count, leave=False, unit=" batches", disable=not told)
    return (
        {name: value.numpy() for name, value in compiled(tf.constant(batch)).items()}
        for batch in bar
    )


def activations_in_batches(
    subject: Subject, paths: Sequence[str], images: Images, told: str = ""
) -> Iterator[dict[str, npt.NDArray[np.float32]]]:
    """The values at ``paths``, for one batch of ``images`` after the other, in order.

    Args:
      subject: The network.
      paths: Paths of its ``activations``, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.
      told: What a progress bar says of it; without a text there is none.

    Raises:
      InputError: The network has no such path, or as ``read_in_batches``.
    """
    known = shapes_of(subject)
    for path in paths:
        check_choice("layer", path, known)

    def chosen(values: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {path: values[path] for path in paths}

    return read_in_batches(subject, chosen, images, told)


@checked
def all_activations(subject: Subject, path: str, images: Images) -> npt.NDArray[np.float32]:
    """The values at one path for all ``images``: float32 [count, ...].

    Args:
      subject: The network.
      path: One of the paths of its ``activations``, such as ``conv3``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.

    Raises:
      InputError: The network has no such path, there are no images, or they have another shape or
        type.
    """
    # Filled rather than concatenated, which would hold twice what may be half the memory.
    values, done = np.empty(0, np.float32), 0
    for batch in activations_in_batches(subject, [path], images):
        if not done:
            values = np.empty((len(images), *batch[path].shape[1:]), np.float32)
        values[done : done + len(batch[path])] = batch[path]
        done += len(batch[path])
    return values

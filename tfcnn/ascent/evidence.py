"""What real images do to the same objectives: one pass over the data serves all."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tqdm

from tfcnn.ascent.objectives import Reduction
from tfcnn.ascent.scores import high_frequency_share
from tfcnn.ascent.subject import Subject, shapes_of
from tfcnn.errors import InputError, check_choice
from tfcnn.pixels import as_floats

IMAGES_A_CALL = 500
PATCHES = 9


@dataclasses.dataclass(frozen=True)
class Evidence:
    """How real images excite the filters (channels, units) of one layer.

    Every array's last axis, or only axis, is the filter. A filter *fires* on an image if its
    linear output is above 0 anywhere on its map.

    Attributes:
      layer: The layer's name.
      scores: float32 [images, filters], each image's score: the mean linear output of the map.
      peaks: float32 [images, filters], the largest linear output anywhere on the map.
      high_frequency_share: The images' own mean share of fine structure, to compare patterns with.
      class_means: float64 [classes, filters], mean over a class's images of the mean activation;
        0 for a class without images.
      patch_images: int64 [PATCHES, filters], the images with the largest linear outputs, best
        first, each image at most once.
      patch_positions: int64 [PATCHES, filters, 2], the (row, column) of the map where.
      patch_values: float32 [PATCHES, filters], the linear output there.
    """

    layer: str
    scores: npt.NDArray[np.float32]
    peaks: npt.NDArray[np.float32]
    high_frequency_share: float
    class_means: npt.NDArray[np.float64]
    patch_images: npt.NDArray[np.int64]
    patch_positions: npt.NDArray[np.int64]
    patch_values: npt.NDArray[np.float32]

    # Both are read filter by filter, and each pass over the peaks reads megabytes.
    @functools.cached_property
    def firing_share(self) -> npt.NDArray[np.float64]:
        """float64 [filters], the share of the images on which the filter fires."""
        return (self.peaks > 0).mean(axis=0)

    @functools.cached_property
    def best_linear(self) -> npt.NDArray[np.float32]:
        """float32 [filters], the largest linear output anywhere on any map."""
        return self.peaks.max(axis=0)

    def scores_by(self, reduction: Reduction) -> npt.NDArray[np.float32]:
        """float32 [images, filters], what a pattern with this reduction has to beat.

        That of the whole map for ``mean``; for a single position the best one of the map.
        """
        return self.scores if reduction == "mean" else self.peaks


def gather_evidence(
    subject: Subject,
    layer: str,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int32],
    progress: bool = True,
    num_classes: int | None = None,
) -> Evidence:
    """Passes all images through the network once.

    Args:
      subject: The network.
      layer: A layer's name, such as ``conv3``.
      images: uint8 [count, height, width, channels].
      labels: int32 [count], from 0, one for each image.
      progress: Whether to show a progress bar.
      num_classes: How many classes there are, of which some may have no image. None takes as many
        as the labels tell.

    Raises:
      InputError: There is no such layer, or there are no images.
    """
    if not len(images):
        raise InputError("images: expected at least one, found none")
    read = _compile_reader(subject, layer, linear_path(layer, shapes_of(subject)))
    parts = []
    with tqdm.tqdm(
        total=len(images), desc="real images", unit=" images", leave=False, disable=not progress
    ) as bar:
        for start in range(0, len(images), IMAGES_A_CALL):
            batch = images[start : start + IMAGES_A_CALL]
            parts.append([value.numpy() for value in read(tf.constant(batch))])
            bar.update(len(batch))
    scores, peaks, rows, columns, activated = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    best = np.argsort(-peaks, axis=0, kind="stable")[:PATCHES]
    classes = np.arange(num_classes or labels.max() + 1)
    members = labels[:, None] == classes  # [images, classes]
    return Evidence(
        layer=layer,
        scores=scores,
        peaks=peaks,
        high_frequency_share=_mean_high_frequency_share(images),
        class_means=(members.T.astype(np.float64) @ activated)
        / np.maximum(members.sum(axis=0), 1)[:, None],
        patch_images=best,
        patch_positions=np.stack(
            [np.take_along_axis(rows, best, 0), np.take_along_axis(columns, best, 0)], axis=-1
        ),
        patch_values=np.take_along_axis(peaks, best, axis=0),
    )


def _mean_high_frequency_share(images: npt.NDArray[np.uint8]) -> float:
    total = 0.0
    for start in range(0, len(images), IMAGES_A_CALL):
        part = as_floats(images[start : start + IMAGES_A_CALL])
        total += float(high_frequency_share(part).sum())
    return total / len(images)


def linear_path(layer: str, activations: Collection[str]) -> str:
    """The path of a layer's linear output; the layer's own where it has no activation function.

    Raises:
      InputError: There is no such layer; a path that ends in ``/linear`` names none.
    """
    layers = [path for path in activations if not path.endswith("/linear")]
    check_choice("layer", layer, layers)
    linear = f"{layer}/linear"
    return linear if linear in activations else layer


def _compile_reader(
    subject: Subject, layer: str, path: str
) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    @tf.function(input_signature=[tf.TensorSpec([None, *subject.input_shape], tf.uint8)])
    def read(images: tf.Tensor) -> list[tf.Tensor]:
        activations = subject.activations(tf.cast(images, tf.float32) / 255.0)
        linear, activated = activations[path], activations[layer]
        if len(linear.shape) == 2:
            linear, activated = linear[:, None, None, :], activated[:, None, None, :]
        width = linear.shape[2]
        flat = tf.reshape(linear, [-1, linear.shape[1] * width, linear.shape[3]])
        place = tf.argmax(flat, axis=1)
        return [
            tf.reduce_mean(flat, 1),
            tf.reduce_max(flat, 1),
            place // width,
            place % width,
            tf.reduce_mean(activated, [1, 2]),
        ]

    return read

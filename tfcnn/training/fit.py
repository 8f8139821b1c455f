"""Whether network, data and choices fit together."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from tfcnn.data.dataset import Dataset, Split
from tfcnn.errors import InputError
from tfcnn.model.network import Network
from tfcnn.training.config import TrainConfig


def checked_data(data: Dataset) -> Dataset:
    """The data as a training wants them; whole numbers of another type than int32 are taken.

    Raises:
      InputError: Images or labels are missing, of another type or number, or a label is none of
        the classes.
    """
    return dataclasses.replace(
        data,
        train=_checked_split("train", data.train, data),
        test=_checked_split("test", data.test, data),
    )


def _checked_split(part: str, split: Split, data: Dataset) -> Split:
    def expect(condition: bool, expected: str, found: str) -> None:
        if not condition:
            raise InputError(f"dataset: {part}: expected {expected}, found {found} in {data.name}")

    for what in ("images", "labels"):
        value = getattr(split, what)
        expect(isinstance(value, np.ndarray), f"an array of {what}", type(value).__name__)
    images, labels = split.images, split.labels
    expect(len(images) > 0, "at least one image", "none")
    expect(
        images.dtype == np.uint8 and images.ndim == 4,
        "images uint8 [count, height, width, channels]",
        f"{images.dtype} {list(images.shape)}",
    )
    expect(
        labels.dtype.kind in "iu" and labels.shape == (len(images),),
        f"labels int32 [{len(images)}], one an image",
        f"{labels.dtype} {list(labels.shape)}",
    )
    lowest, highest = int(labels.min()), int(labels.max())
    expect(
        lowest >= 0 and highest < data.num_classes,
        f"labels from 0 to {data.num_classes - 1}",
        f"{lowest} to {highest}",
    )
    return Split(images, labels.astype(np.int32, copy=False))


def check_fit(network: Network, data: Dataset, config: TrainConfig) -> None:
    """Refuses a network that cannot be trained on the data by these choices.

    Raises:
      InputError: The message says what does not fit.
    """
    if data.train.images.shape[1:] != network.input_shape:
        raise InputError(
            f"dataset: expected images of shape {network.input_shape}, "
            f"found {data.train.images.shape[1:]} in {data.name}"
        )
    if network.classes != data.num_classes:
        raise InputError(
            f"architecture: expected {data.num_classes} outputs for the classes of {data.name}, "
            f"found {network.classes} in {network.layers[-1].name}"
        )
    for last in [placed for placed in network.layers if not placed.layer.only_passes_on][-1:]:
        if last.layer.activation not in ("linear", None):
            raise InputError(
                f"architecture: expected act=linear in the last layer, found "
                f"act={last.layer.activation} in {last.name}"
            )
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    across = [placed for placed in network.layers if placed.layer.looks_across_batch]
    if replicas > 1 and across:
        raise InputError(
            f"architecture: expected no {across[0].layer.word} with {replicas} replicas, since "
            f"each would take statistics of its own share of a batch, found {across[0].name}"
        )
    count = len(data.train.labels)
    if config.validation_size >= count:
        raise InputError(
            f"validation_size: expected fewer than the {count} training images, "
            f"found {config.validation_size}"
        )
    if config.batch_size > count - config.validation_size:
        raise InputError(
            f"batch_size: expected at most the {count - config.validation_size} images to train "
            f"on, found {config.batch_size}"
        )

"""From a data set that tensorflow-datasets (TFDS) has prepared to arrays."""

import hashlib
from typing import Any

import numpy as np
from tqdm import tqdm

from tfcnn.data import checksums, idx_folder
from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.sources import client, tfds
from tfcnn.errors import wrong

_BATCH_SIZE = 500


def read(name: str, builder: Any, *, progress: bool) -> Dataset:
    """Reads the splits ``train`` and ``test`` of an image-classification data set.

    Args:
      name: What to call the data set.
      builder: A ``tfds.core.DatasetBuilder`` whose data are prepared.
      progress: Whether to show a bar.

    Returns:
      The data set, in TFDS's order.

    Raises:
      InputError: The data set is not one of uint8 images of one size with a class each, has no
        split ``train`` or ``test``, hides its labels, or is damaged.
    """
    image_key, label_key = _keys(name, builder)
    shape = builder.info.features[image_key].shape
    if None in shape:
        raise wrong(name, "images of one size", f"the shape {shape} in TFDS")
    if not {"train", "test"} <= set(builder.info.splits):
        found = ", ".join(builder.info.splits)
        raise wrong(name, "the splits train and test", found)
    train, test = (
        _read_split(name, builder, split_name, (image_key, label_key), progress)
        for split_name in ("train", "test")
    )
    class_names = tuple(builder.info.features[label_key].names)
    digests = checksums.of_splits(train, test)
    return Dataset(name, len(class_names), class_names, train, test, digests)


def _keys(name: str, builder: Any) -> tuple[str, str]:
    """The names of the image and of the label among the features."""
    module = tfds.import_tfds()
    keys = builder.info.supervised_keys
    # TFDS allows dictionaries and tuples of features as well.
    if keys is not None and len(keys) == 2 and all(isinstance(key, str) for key in keys):
        image, label = (builder.info.features[key] for key in keys)
        if (
            isinstance(image, module.features.Image)
            and image.np_dtype == np.uint8
            and isinstance(label, module.features.ClassLabel)
        ):
            return keys
    expected = "a data set of uint8 images with one class each"
    raise wrong(name, expected, f"the supervised keys {keys} in TFDS")


def _read_split(
    name: str, builder: Any, split_name: str, keys: tuple[str, str], progress: bool
) -> Split:
    """Reads one split into arrays, in the order of its files."""
    import tensorflow as tf

    module = tfds.import_tfds()
    number = builder.info.splits[split_name].num_examples
    images = np.empty((number, *builder.info.features[keys[0]].shape), np.uint8)
    labels = np.empty(number, np.int32)
    in_order = module.ReadConfig(interleave_cycle_length=1)
    batches = builder.as_dataset(split=split_name, batch_size=_BATCH_SIZE, read_config=in_order)
    bar = tqdm(
        module.as_numpy(batches),
        f"{name} {split_name}",
        -(-number // _BATCH_SIZE),
        unit=" batches",
        delay=client.BAR_AFTER_SECONDS,
        disable=not progress,
    )
    first = 0
    try:
        for batch in bar:
            size = len(batch[keys[1]])
            images[first : first + size] = batch[keys[0]]
            labels[first : first + size] = batch[keys[1]]
            first += size
    except (tf.errors.OpError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise wrong(builder.data_dir, "whole files", reason) from error
    if first != number:
        raise wrong(builder.data_dir, f"{number} {split_name} images", first)
    classes = builder.info.features[keys[1]].num_classes
    strange = labels[(labels < 0) | (labels >= classes)]  # -1 where TFDS hides them.
    if len(strange):
        raise wrong(name, f"labels from 0 to {classes - 1} in the split {split_name}", strange[0])
    return Split(images, labels)


def payloads(name: str, builder: Any, *, progress: bool) -> dict[str, bytes]:
    """Reads MNIST or Fashion-MNIST and gives the IDX payloads that TFDS made them from.

    Raises:
      InputError: As for ``read``.
    """
    data = read(name, builder, progress=progress)
    return idx_folder.disassemble(
        _original_order("train", data.train), _original_order("test", data.test)
    )


def _original_order(split_name: str, split: Split) -> Split:
    """Undoes TFDS's shuffle.

    TFDS stores the examples in the order of the MD5 of split name and key
    (``tensorflow_datasets/core/hashing.py``), and the key of an MNIST image is its number.
    """

    def digest(number: int) -> bytes:
        return hashlib.md5(f"{split_name}{number}".encode(), usedforsecurity=False).digest()

    stored = sorted(range(len(split)), key=digest)
    place = np.argsort(stored)
    return Split(split.images[place], split.labels[place])

"""The canonical SHA-256 of the data sets that are known byte for byte."""

import hashlib
from collections.abc import Mapping

from tfcnn.data.dataset import Split
from tfcnn.errors import InputError, wrong

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

PARTS = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

# Of the uncompressed IDX files as their authors published them.
CANONICAL: Mapping[str, Mapping[str, str]] = {
    "mnist": {
        TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "fashion_mnist": {
        TRAIN_IMAGES: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        TRAIN_LABELS: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        TEST_IMAGES: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        TEST_LABELS: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
}


def sha256(data: bytes) -> str:
    """The SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def of_splits(train: Split, test: Split) -> dict[str, str]:
    """The checksums of arrays, images and labels of each split."""
    return {
        f"{name}-{part}": sha256(array.tobytes())
        for name, split in (("train", train), ("test", test))
        for part, array in (("images", split.images), ("labels", split.labels))
    }


def verify(name: str, payloads: Mapping[str, bytes], where: str) -> dict[str, str]:
    """Checks the uncompressed IDX payloads of a known data set.

    Args:
      name: A key of ``CANONICAL``.
      payloads: The payloads by part.
      where: Where they come from, for the error message.

    Returns:
      The checksums by part.

    Raises:
      InputError: A payload is missing or is not, byte for byte, the published one.
    """
    found = {}
    for part, expected in CANONICAL[name].items():
        if part not in payloads:
            raise InputError(f"{where}: expected {part} of {name}, found no such file")
        found[part] = sha256(payloads[part])
        if found[part] != expected:
            told = f"{found[part]}{_owner(found[part])}"
            raise wrong(f"{where}/{part}", f"{name}'s SHA-256 {expected}", told)
    return found


def _owner(digest: str) -> str:
    """Tells whose checksum this is, if it is that of another known file."""
    for name, parts in CANONICAL.items():
        for part, known in parts.items():
            if digest == known:
                return f", which is {name}'s {part}"
    return ""

"""A picture of the user's own as an image that a network reads."""

from __future__ import annotations

import os
import pathlib

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError

MOST_BYTES = 16 * 2**20
MOST_PIXELS = 4096
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_png(path: str | os.PathLike[str], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Reads a PNG file and scales it to an image's size.

    Args:
      path: The file, at most 16 MiB and 4096 pixels a side.
      shape: ``(height, width, channels)`` to scale to, with 1 channel (grey) or 3 (RGB).

    Returns:
      uint8 ``shape``, 0 to 255.

    Raises:
      InputError: The file is missing, damaged, too large or no PNG, or ``shape`` has another
        number of channels.
    """
    import tensorflow as tf

    file = pathlib.Path(path)
    if shape[2] not in (1, 3):
        raise InputError(f"image: expected a network with 1 or 3 channels, found {shape[2]}")
    try:
        content = file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError(f"image: expected a PNG file, found {file}: {error.strerror}") from None
    sides = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]
    # The sides stand ahead of the pixels: a small file cannot make us unpack a huge image.
    if not content.startswith(_SIGNATURE) or not all(1 <= side <= MOST_PIXELS for side in sides):
        raise InputError(
            f"image: expected a PNG file of at most {MOST_PIXELS} pixels a side, found {file}"
        )
    try:
        pixels = tf.io.decode_png(content, channels=shape[2])
    except tf.errors.InvalidArgumentError:
        raise InputError(f"image: expected a PNG file, found a damaged one: {file}") from None
    scaled = tf.image.resize(tf.cast(pixels, tf.float32), shape[:2], antialias=True)
    return np.clip(np.rint(scaled.numpy()), 0, 255).astype(np.uint8)

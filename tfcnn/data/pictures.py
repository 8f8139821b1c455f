"""Pictures of the user's own, PNG or JPEG, as images that a network reads."""

from __future__ import annotations

import os
import pathlib
import re

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError

MOST_BYTES = 16 * 2**20
MOST_PIXELS = 4096
# A progressive JPEG goes over all its pixels once a scan; cameras write ten scans at most.
MOST_SCANS = 64
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# The header of a scan of n components: marker, length 6 + 2 n, n (ITU-T T.81, B.2.3). The marker
# alone may occur by chance, as in a film behind the picture.
_JPEG_SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")


def read_bytes(path: pathlib.Path) -> bytes:
    """Reads a file that may be a picture.

    Raises:
      InputError: It is no file, cannot be read, or has more than 16 MiB; the message begins with
        the file's name.
    """
    try:
        if not path.is_file():
            found = "no such file" if not path.exists() else "something else"
            raise InputError(f"{path}: expected a PNG or JPEG file, found {found}")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path}: expected a readable PNG or JPEG file, found {error.strerror}"
        ) from None
    if len(content) > MOST_BYTES:
        raise InputError(f"{path}: expected at most {MOST_BYTES} bytes, found more")
    return content


def decode(content: bytes, where: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """Decodes a PNG or JPEG file; which of the two is read from its first bytes.

    Transparency is dropped, 16 bits a colour become 8. A JPEG's EXIF orientation is not read:
    the picture stays as the sensor saw it. The declared size is looked at before any
    pixel, so a small file cannot make us unpack a huge picture.

    Args:
      content: The file's bytes.
      where: What to call the file in an error message.

    Returns:
      uint8 ``[height, width, 3]``: red, green and blue, 0 to 255; equal in a grey picture.

    Raises:
      InputError: The bytes are another format or damaged, or the picture has more than 4096 pixels
        a side or, as JPEG, more than 64 scans.
    """
    import tensorflow as tf

    try:
        if content.startswith(_PNG):
            height, width = (
                int.from_bytes(content[start : start + 4], "big") for start in (20, 16)
            )
            _check_size(height, width, where)
            pixels = tf.io.decode_png(content, channels=3)
        elif content.startswith(_JPEG):
            height, width, _ = tf.io.extract_jpeg_shape(content).numpy().tolist()
            _check_size(height, width, where)
            if (scans := len(_JPEG_SCAN.findall(content))) > MOST_SCANS:
                raise InputError(
                    f"{where}: expected a JPEG of at most {MOST_SCANS} scans, found {scans}"
                )
            pixels = tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE")
        else:
            raise InputError(f"{where}: expected a PNG or JPEG file, found another format")
    except tf.errors.InvalidArgumentError:
        raise InputError(f"{where}: expected a PNG or JPEG file, found a damaged one") from None
    return pixels.numpy()


def _check_size(height: int, width: int, where: str | os.PathLike[str]) -> None:
    if not 1 <= min(height, width) <= max(height, width) <= MOST_PIXELS:
        raise InputError(
            f"{where}: expected 1 to {MOST_PIXELS} pixels a side, found {width} x {height}"
        )


def is_grey(pixels: npt.NDArray[np.uint8]) -> bool:
    """Whether red, green and blue are the same everywhere in ``[..., 3]``."""
    return bool((pixels == pixels[..., :1]).all())


def to_grey(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Luma of RGB ``[..., 3]`` by ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``: ``[..., 1]``."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(luma)[..., np.newaxis].astype(np.uint8)


def scale(pixels: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Scales a picture ``[H, W, channels]``, averaging where it becomes smaller."""
    import tensorflow as tf

    scaled = tf.image.resize(tf.cast(pixels, tf.float32), (height, width), antialias=True)
    return np.clip(np.rint(scaled.numpy()), 0, 255).astype(np.uint8)


def read_picture(path: str | os.PathLike[str], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Reads a PNG or JPEG file and scales it to an image's size.

    Args:
      path: The file, at most 16 MiB and 4096 pixels a side.
      shape: ``(height, width, channels)`` to scale to, with 1 channel (grey) or 3 (RGB).

    Returns:
      uint8 ``shape``, 0 to 255.

    Raises:
      InputError: The file is missing, damaged, too large or of another format, or ``shape`` has
        another number of channels.
    """
    height, width, channels = shape
    if channels not in (1, 3):
        raise InputError(f"image: expected a network with 1 or 3 channels, found {channels}")
    file = pathlib.Path(path)
    try:
        pixels = decode(read_bytes(file), file)
    except InputError as error:
        raise InputError(f"image: {error}") from None
    return scale(pixels if channels == 3 else to_grey(pixels), height, width)

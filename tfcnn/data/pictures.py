"""Pictures of the user's own as the pixels that a person sees, in at most 8 bits a colour."""

from __future__ import annotations

import dataclasses
import io
import os
import pathlib
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tfcnn.data import levels, transparency
from tfcnn.errors import InputError
from tfcnn.regular_files import read_regular

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MOST_BYTES = 64 * 2**20
MOST_PIXELS_A_SIDE = 2**14
MOST_PIXELS = 2**26
# A progressive JPEG goes over all its pixels once a scan; cameras write ten scans at most.
MOST_SCANS = 64
# What Pillow may open, and the first bytes of each.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_BEGINNINGS = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM|II\*\x00|MM\x00\*|II\+\x00|MM\x00\+|RIFF....WEBP",
    re.DOTALL,
)
# What phones and the web also write: saying its name tells what to convert.
_OTHERS = re.compile(rb"....ftyp(?P<brand>heic|heix|mif1|msf1|avif|avis)|(?P<pdf>%PDF)", re.DOTALL)
_KIND = "a PNG, JPEG, GIF, BMP, TIFF or WebP file"
# The header of a scan of n components: marker, length 6 + 2 n, n (ITU-T T.81, B.2.3). The marker
# alone may occur by chance, as in a film behind the picture.
_JPEG_SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")
_ORIENTATION = 0x0112  # The EXIF tag (CIPA DC-008, 4.6.4).
# Its values -> what of Pillow's ``Transpose`` makes the picture upright.
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """What a picture file shows.

    Attributes:
      pixels: uint8 ``[height, width, 3]``: red, green and blue, 0 to 255; equal in a grey picture.
      reduction: How many pixels of the file a side of one of these stands for, 1 or more.
      notes: What a person should know of how it was read, a short line each.
    """

    pixels: npt.NDArray[np.uint8]
    reduction: int = 1
    notes: tuple[str, ...] = ()


def read_bytes(path: pathlib.Path) -> bytes:
    """Reads a file that may be a picture.

    Raises:
      InputError: It is no file, cannot be read, or has more than 64 MiB; the message begins with
        the file's name.
    """
    return read_regular(path, MOST_BYTES, _KIND)


def open_picture(
    content: bytes, where: str | os.PathLike[str], longest: int | None = None
) -> Picture:
    """Decodes a PNG, JPEG, GIF, BMP, TIFF or WebP file into what a viewer would show.

    The EXIF orientation is applied, transparency laid over the ground that shows what is drawn
    (``transparency.lay``), more than 8 bits scaled to 8 (``levels.to_bytes``). Of several frames
    the first one is taken. Colour profiles are not applied. The declared size is looked at before
    any pixel, so a small file cannot make us unpack a huge picture.

    Args:
      content: The file's bytes.
      where: What to call the file in an error message.
      longest: Halve the sides, as often as they stay this long, of a larger picture; of a JPEG
        the full size is never decoded then.

    Raises:
      InputError: The bytes are another format or damaged, or the picture has more than 2^14 pixels
        a side or 2^26 in all or, as JPEG, more than 64 scans.
    """
    from PIL import Image

    if not _BEGINNINGS.match(content):
        raise InputError(f"{where}: expected {_KIND}, found {_other_format(content)}")
    if content.startswith(b"\xff\xd8") and (scans := len(_JPEG_SCAN.findall(content))) > MOST_SCANS:
        raise InputError(f"{where}: expected a JPEG of at most {MOST_SCANS} scans, found {scans}")
    with warnings.catch_warnings():
        # Pillow warns of strange metadata, and of sizes that are looked at here.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_size(*image.size, where)
                return _shown(image, content, longest)
        except InputError:
            raise
        except Image.DecompressionBombError:
            raise InputError(
                f"{where}: expected at most {MOST_PIXELS} pixels, found several times as many"
            ) from None
        except Exception:  # Pillow's readers raise whatever the damage leads to.
            raise InputError(f"{where}: expected {_KIND}, found a damaged one") from None


def _other_format(content: bytes) -> str:
    if not (match := _OTHERS.match(content)):
        return "another format"
    name = (match["brand"] or match["pdf"]).decode().strip("%")
    return f"another format ({'HEIC' if name[:1] in 'hm' else name[:4].upper().strip()})"


def _check_size(width: int, height: int, where: str | os.PathLike[str]) -> None:
    if not 1 <= min(height, width) <= max(height, width) <= MOST_PIXELS_A_SIDE:
        raise InputError(
            f"{where}: expected 1 to {MOST_PIXELS_A_SIDE} pixels a side, found {width} x {height}"
        )
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{where}: expected at most {MOST_PIXELS} pixels, found {width} x {height}"
        )


def _shown(image: ImageFile, content: bytes, longest: int | None) -> Picture:
    """What an opened file shows; anything may be raised if it is damaged."""
    from PIL import Image

    notes: tuple[str, ...] = ()
    if getattr(image, "is_animated", False) and image.format != "MPO":  # A phone's depth map.
        notes = (f"has {getattr(image, 'n_frames', 2)} frames: the first one is read",)
    original = max(image.size)
    reduction = 1
    while longest and original >= 2 * reduction * longest:
        reduction *= 2
    # A JPEG's decoder leaves out up to three halvings; other formats have none to leave out.
    image.draft(None, (max(image.size[0] // reduction, 1), max(image.size[1] // reduction, 1)))
    left = reduction // max(round(original / max(image.size)), 1)
    shown, further = levels.in_eight_bits(image, content)
    orientation = _orientation(image)
    if left > 1:
        shown = shown.reduce(left)
    if orientation in _TURNS:
        shown = shown.transpose(Image.Transpose[_TURNS[orientation]])
    pixels = np.asarray(shown)
    if shown.mode == "L":
        pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
    elif shown.mode == "RGBA":
        pixels = transparency.lay(pixels)
    return Picture(pixels, reduction, notes + further)


def _orientation(image: ImageFile) -> int:
    """The EXIF orientation, 1 to 8; 1 if Pillow applies it itself or the note is damaged."""
    if image.format == "TIFF":
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # As with the pixels; but these are whole.
        return 1


def decode(content: bytes, where: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """The pixels of ``open_picture``, without its notes."""
    return open_picture(content, where).pixels


def read(path: str | os.PathLike[str], longest: int | None = None) -> Picture:
    """Reads a picture file: ``read_bytes``, then ``open_picture``, with the errors of both."""
    file = pathlib.Path(path)
    return open_picture(read_bytes(file), file, longest)


def is_grey(pixels: npt.NDArray[np.uint8]) -> bool:
    """Whether red, green and blue are the same everywhere in ``[..., 3]``."""
    return bool((pixels == pixels[..., :1]).all())


def to_grey(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Luma of RGB ``[..., 3]`` by ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``: ``[..., 1]``."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(luma)[..., np.newaxis].astype(np.uint8)


def scale(pixels: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Scales a picture ``[H, W, 1 or 3]``, averaging where it becomes smaller."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    scaled = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    return scaled.reshape(height, width, -1)

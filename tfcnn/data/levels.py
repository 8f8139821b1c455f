"""Deep pictures, 12, 16 or 32 bits a sample or floats, in 8 bits."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

_GREY_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
# How Pillow unpacks 16-bit samples to their high bytes -> how to get the low ones instead, by
# taking them for samples of the other byte order. Grey with alpha has no such twin: its four bytes
# a pixel are taken for four samples.
_LOW_BYTES = {
    "LA;16B": "RGBA",
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGB;16N": "RGB;16B",
    "RGBA;16B": "RGBA;16L",
    "RGBA;16L": "RGBA;16B",
    "RGBA;16N": "RGBA;16B",
}
# TIFF 6.0, section 8 and 19.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _MAX_SAMPLE, _LEAST_FLOAT, _LARGEST_FLOAT = 258, 262, 281, 340, 341
# A picture whose brightest sample is below this share of its range shows nothing but black.
_VISIBLE_BITS = 4


def in_eight_bits(image: Image.Image, content: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Loads an opened picture and makes 8 bits a sample of it.

    Integers keep their highest 8 bits, of as many as the file declares. If all of them are below a
    sixteenth of that range, nothing would be visible: then they are taken for 8 or 12 bits, the
    fewer that hold them. Floats count from 0 to 1 unless the file declares or holds another range.

    Args:
      image: As Pillow opened it, not yet loaded.
      content: The file's bytes.

    Returns:
      The picture with mode L, RGB or RGBA, and a note for the reader if it was not scaled by what
      it declares.
    """
    from PIL import Image

    raw_mode = _raw_mode(image)
    if image.mode in _GREY_MODES:
        image.load()
        values = np.asarray(image)
        grey, note = (_of_floats if image.mode == "F" else _of_integers)(values, _tags(image))
        shown = Image.fromarray(grey)
        if (key := image.info.get("transparency")) is not None:
            shown.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
            shown = shown.convert("RGBA")
        return shown, note
    shown = _in_colours(image)
    if raw_mode in _LOW_BYTES and np.asarray(shown.convert("RGB")).max() < 2 ** (8 - _VISIBLE_BITS):
        values = _sixteen_bits(image, content, raw_mode)
        colours, note = _of_integers(values[..., :3], {})
        if values.shape[2] == 4:
            alpha, _ = _of_integers(values[..., 3:], {})
            colours = np.concatenate([colours, alpha], axis=2)
        return Image.fromarray(colours), note
    return shown, ()


def _in_colours(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        return image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _raw_mode(image: Image.Image) -> str:
    tiles: Any = getattr(image, "tile", ())
    arguments: Any = tiles[0].args if len(tiles) == 1 else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _sixteen_bits(image: Image.Image, content: bytes, raw_mode: str) -> npt.NDArray[np.uint16]:
    """All 16 bits of a colour picture, [height, width, 3 or 4]."""
    from PIL import Image as Pillow

    low = Pillow.open(io.BytesIO(content), formats=(image.format or "",))
    (tile,) = low.tile
    replaced: Any = _LOW_BYTES[raw_mode]
    if isinstance(tile.args, tuple):
        replaced = (replaced, *tile.args[1:])
    low.tile = [tile._replace(args=replaced)]
    bytes_of = np.asarray(low).astype(np.uint16)
    if raw_mode == "LA;16B":
        grey, alpha = bytes_of[..., :2], bytes_of[..., 2:]
        pairs = [grey, grey, grey, alpha]
        return np.stack([pair[..., 0] << 8 | pair[..., 1] for pair in pairs], axis=-1)
    return (np.asarray(image).astype(np.uint16) << 8 | bytes_of).astype(np.uint16)


def _tags(image: Image.Image) -> dict[int, Any]:
    tags: Any = getattr(image, "tag_v2", {})
    wanted = (_BITS_PER_SAMPLE, _PHOTOMETRIC, _MAX_SAMPLE, _LEAST_FLOAT, _LARGEST_FLOAT)
    found = {tag: tags[tag] for tag in wanted if tag in tags}
    return {tag: one[0] if isinstance(one, tuple) else one for tag, one in found.items()}


def _of_integers(
    values: npt.NDArray[Any], tags: dict[int, Any]
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    if values.min() < 0:
        return _stretched(values, "holds numbers below 0")
    bits = tags.get(_BITS_PER_SAMPLE, 16)
    if tags.get(_PHOTOMETRIC) == 0 and values.dtype == np.uint16:  # White is zero.
        values = (1 << bits) - 1 - values
    if _MAX_SAMPLE in tags:
        bits = min(bits, int(tags[_MAX_SAMPLE]).bit_length())
    held: int = bits
    note: tuple[str, ...] = ()
    largest = int(values.max())
    if 0 < largest < 1 << (bits - _VISIBLE_BITS):
        held = next(some for some in (8, 12, 16, bits) if largest < 1 << some)
        note = (f"declares {bits} bits and holds {held}: scaled by what it holds",)
    shifted = values >> (held - 8) if held >= 8 else values << (8 - held)
    return np.minimum(shifted, 255).astype(np.uint8), note


def _of_floats(
    values: npt.NDArray[Any], tags: dict[int, Any]
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    values = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = float(tags.get(_LEAST_FLOAT, 0)), float(tags.get(_LARGEST_FLOAT, 1))
    note: tuple[str, ...] = ()
    if values.min() < low or values.max() > high:
        if values.min() < 0 or values.max() > 255:
            return _stretched(values, "holds floats beyond 0 to 255")
        low, high, note = 0, 255, ("holds floats up to 255: taken for 8-bit values",)
    scaled = (values - low) * 255 / (high - low)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8), note


def _stretched(
    values: npt.NDArray[Any], what: str
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """The smallest value becomes 0 and the largest one 255."""
    low, high = float(values.min()), float(values.max())
    scaled = (values.astype(np.float64) - low) * 255 / max(high - low, 1e-300)
    return np.rint(scaled).astype(np.uint8), (f"{what}: scaled from its least to its largest",)

"""What lies behind a transparent picture: the ground that shows what is drawn on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LUMA = np.array([0.299, 0.587, 0.114])
# Levels between the darkest and the brightest tenth from which on a picture shows by itself.
_CONTRAST = 64


def lay(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lays a picture with transparency over white or black.

    A drawing, most of which is transparent, gets the ground further from its mean grey: black ink
    is laid over white, white ink over black. What is opaque for the most part and shows contrast by
    itself, such as a sheet of paper cut out of a photograph, gets the one that is nearer to most of
    its pixels. A picture that is transparent everywhere is taken without its transparency.

    Args:
      pixels: uint8 ``[height, width, 4]``: red, green, blue and opacity.

    Returns:
      uint8 ``[height, width, 3]``; the colours themselves where the opacity is 255.
    """
    colours, opacity = pixels[..., :3], pixels[..., 3]
    if opacity.min() == 255 or opacity.max() == 0:
        return colours
    ground = 255 if _wants_white(colours @ _LUMA, opacity) else 0
    weights = opacity[..., np.newaxis].astype(np.uint16)
    mixed = colours * weights + ground * (255 - weights)
    return ((mixed + 127) // 255).astype(np.uint8)


def _wants_white(grey: npt.NDArray[np.float64], opacity: npt.NDArray[np.uint8]) -> bool:
    seen = grey[opacity > 127]
    if 2 * seen.size > grey.size:
        low, middle, high = np.percentile(seen, [10, 50, 90])
        if high - low > _CONTRAST:
            return bool(middle > 127)
    return bool(np.average(grey, weights=opacity) <= 127)

"""Ink on paper: whether it is dark or bright, and how strong at each pixel, under uneven light."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Image = npt.NDArray[np.float64]

# Shares of the shorter side: strokes are thinner than one of them, the ground between is wider.
_WINDOWS = (0.04, 0.08, 0.16, 0.32)
_POLARITY_SIDE = 200
# Strokes stand out of the paper's noise by so many deviations, and take so much of the light.
_DEVIATIONS = 5
_LEAST_CONTRAST = 0.08


def is_dark_on_bright(grey: _Image) -> bool:
    """Whether the strokes of a picture are darker than their ground.

    A closing (Serra, "Image Analysis and Mathematical Morphology", 1982) takes away what is dark
    and narrower than its window, an opening what is bright and narrower. Strokes are narrower than
    most of the ground, so what goes more over all of several windows are the strokes. Unlike the
    histogram, this does not mistake the shadow on half a page for its ground.

    Args:
      grey: float64 [height, width] in [0, 1].
    """
    from scipy import ndimage

    step = max(min(grey.shape) // _POLARITY_SIDE, 1)
    grey = ndimage.uniform_filter(grey, step)[::step, ::step] if step > 1 else grey
    dark = bright = 0.0
    for share in _WINDOWS:
        window = _odd(share * min(grey.shape))
        gone = ndimage.grey_closing(grey, window, mode="nearest") - grey
        dark += float(gone[gone > _LEAST_CONTRAST].sum())
        gone = grey - ndimage.grey_opening(grey, window, mode="nearest")
        bright += float(gone[gone > _LEAST_CONTRAST].sum())
    return dark >= bright


def taken_light(grey: _Image, window: float) -> _Image:
    """The share of the light that each pixel takes, 0 on paper, in [0, 1], however it is lit.

    The light on the empty paper is the closing of the picture: strokes narrower than the window go,
    a shadow, which is wider, stays with its edge where it is, hard or soft. The picture divided by
    it is how much is let through.

    Args:
      grey: float64 [height, width] in [0, 1], dark strokes on a bright ground.
      window: In pixels, wider than any stroke and narrower than any shadow.
    """
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(grey, 1.0)
    light = ndimage.grey_closing(smooth, _odd(window), mode="nearest")
    light = ndimage.gaussian_filter(light, 1.0)
    taken: _Image = np.clip(1 - smooth / np.maximum(light, 1e-3), 0, 1)
    return taken


def find_ink(taken: _Image) -> npt.NDArray[np.bool_]:
    """Where the strokes are, told from paper and from fainter lines that are printed on it.

    What stands out of the paper's noise is divided once more, by Otsu's threshold: the darker part
    is ink. Its faint edge lies outside.

    Args:
      taken: What ``taken_light`` returns.

    Returns:
      bool [height, width]; nowhere if nothing stands out.
    """
    from scipy import ndimage

    paper = float(np.median(taken))
    deviation = 1.4826 * float(np.median(np.abs(taken - paper)))
    level = max(paper + _DEVIATIONS * deviation, _LEAST_CONTRAST)
    above = ndimage.binary_opening(taken > level)
    if not above.any():
        above = taken > level
    if not above.any() or above.all():
        return np.zeros(taken.shape, bool)
    threshold = max(otsu_threshold(taken[above]), level)
    ink: npt.NDArray[np.bool_] = taken > threshold
    return ink


def stroke_width(ink: npt.NDArray[np.bool_]) -> float:
    """Of the widest strokes in pixels: twice the distance of their middle from the ground."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(ink)
    ridges = inside[(inside == ndimage.maximum_filter(inside, 3)) & (inside > 0)]
    return 2 * float(np.percentile(ridges, 95)) if ridges.size else 1.0


def otsu_threshold(values: _Image) -> float:
    """The threshold that splits ``values`` into the two groups furthest apart.

    It maximises ``w0 w1 (m0 - m1)^2``, with the groups' shares and means, over a histogram of 256
    bins (Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions on
    Systems, Man and Cybernetics 9(1), 1979).
    """
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    means_below = sums[:-1] / np.maximum(below, 1)
    means_above = (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * (means_below - means_above) ** 2)])


def _odd(window: float) -> int:
    return 2 * max(int(window) // 2, 1) + 1

"""Ink on paper: whether it is dark or bright, and how strong at each pixel, under uneven light."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Image = npt.NDArray[np.float64]

# Shares of the shorter side: strokes are thinner than one of them, the ground between is wider.
_WINDOWS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
_POLARITY_SIDE = 300
# A page with a shadow's edge is likelier than a board with chalk.
_BOARD = 0.6
# Strokes stand out of the paper's noise by so many deviations, and take so much of the light.
_DEVIATIONS = 5
_LEAST_CONTRAST = 0.08
_FAINT = 0.52
# Of a stroke's width: how far it may be broken, and how far its soft edge reaches.
_BREAK, _SOFT = 0.6, 0.35


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
    windows = [share * min(grey.shape) for share in _WINDOWS]
    dark = [_closed(grey, window) - grey for window in windows]
    bright = [grey + _closed(-grey, window) for window in windows]
    # Half as much as the strongest: noise and the slope of the light are less.
    level = max(np.max(dark), np.max(bright)) / 2
    sums = [
        sum(
            float(one[one > level].sum()) / window**2
            for one, window in zip(gone, windows, strict=True)
        )
        for gone in (dark, bright)
    ]
    return sums[0] >= _BOARD * sums[1]


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
    light = ndimage.gaussian_filter(_closed(smooth, window), 1.0)
    taken: _Image = np.clip(1 - smooth / np.maximum(light, 1e-3), 0, 1)
    return taken


def taken_light_at(grey: _Image, ink: npt.NDArray[np.bool_]) -> _Image:
    """The same once the ink is known but for its edges: the light under it is that beside it.

    So a shadow's edge goes straight on under a stroke, where a window would see either side of it.

    Args:
      grey: float64 [height, width] in [0, 1], dark strokes on a bright ground.
      ink: bool [height, width], where the strokes are, roughly.
    """
    from scipy import ndimage

    taken = np.zeros_like(grey)
    width = stroke_width(ink)
    # Away from the ink the paper's light is the picture itself.
    near = _near(ink, round(2 * width) + 8)
    grey, ink = grey[near], ink[near]
    covered = grown(~grown(~grown(ink, _BREAK * width), _BREAK * width), _SOFT * width + 1)
    if covered.all():
        taken[near] = taken_light(grey, 2.2 * width)
        return taken
    smooth = ndimage.gaussian_filter(grey, 1.0)
    paper = (~covered).astype(float)
    weights = np.maximum(ndimage.gaussian_filter(paper, 1.0), 1e-6)
    light = ndimage.gaussian_filter(grey * paper, 1.0) / weights
    nearest = ndimage.distance_transform_edt(covered, return_distances=False, return_indices=True)
    light = light[tuple(nearest)]
    taken[near] = np.clip(1 - smooth / np.maximum(light, 1e-3), 0, 1)
    return taken


def _near(mask: npt.NDArray[np.bool_], margin: int) -> tuple[slice, ...]:
    """The rows and columns of all that is in a mask, and a margin."""
    there = [np.flatnonzero(mask.any(axis=1 - axis)) for axis in (0, 1)]
    return tuple(
        slice(max(one[0] - margin, 0), one[-1] + margin + 1) if one.size else slice(0, 1)
        for one in there
    )


def grown(mask: npt.NDArray[np.bool_], pixels: float) -> npt.NDArray[np.bool_]:
    """A mask and all that is within a distance of it; of an empty one, nothing."""
    from scipy import ndimage

    if not mask.any():
        return mask
    near: npt.NDArray[np.bool_] = ndimage.distance_transform_edt(~mask) <= max(pixels, 1)
    return near


def without_hairs(ink: npt.NDArray[np.bool_], pixels: float) -> npt.NDArray[np.bool_]:
    """An opening by a disc: what is thinner than twice so many pixels goes."""
    kept = ~grown(~ink, pixels)
    return grown(kept, pixels) if kept.any() else ink


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
    # Strokes of one strength, as of a grainy pencil, are not to be divided: half of it is enough.
    half = float(np.percentile(taken[above], 97)) / 2
    threshold = max(min(otsu_threshold(taken[above]), half), level)
    # Fainter parts of a stroke count where they hang together with the rest.
    parts, _ = ndimage.label(taken > max(_FAINT * threshold, level), structure=np.ones((3, 3)))
    strong = np.zeros(parts.max() + 1, bool)
    strong[parts[taken > threshold]] = True
    strong[0] = False
    return np.asarray(strong[parts])


def stroke_width(ink: npt.NDArray[np.bool_]) -> float:
    """Of the widest strokes in pixels: twice the distance of their middle from the ground."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(np.pad(ink[_near(ink, 0)], 1))
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


def _closed(grey: _Image, window: float) -> _Image:
    """Closing by a square; beyond the edges the picture goes on as it is there."""
    from scipy import ndimage

    reach = max(int(window) // 2, 1)
    padded = np.pad(grey, reach, mode="edge")
    closed = ndimage.grey_closing(padded, 2 * reach + 1)
    return np.asarray(closed[reach:-reach, reach:-reach], np.float64)

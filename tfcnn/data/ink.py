"""Ink on paper: where it is and how dark, under uneven light."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Image = npt.NDArray[np.float64]

# Residuals beyond so many deviations are no paper.
_OUTLIER = 2.5
_ROUNDS = 8
_FITTED_SIDE = 64
# Of the largest piece of ink; what is smaller is a speck.
_SMALLEST_PIECE = 0.05
# Of the picture's longer side: how wide the noise is that goes before ink is told from paper.
_BLUR = 0.008
# Ink takes away at least this share of the light, and stands out of the noise by so much.
_LEAST_CONTRAST = 0.08


def has_bright_ground(grey: _Image) -> bool:
    """Whether most of a picture lies nearer to its brightest than to its darkest grey.

    Args:
      grey: [height, width]. The first and the last hundredth of its greys do not count.
    """
    low, middle, high = np.percentile(grey, [1, 50, 99])
    return bool(middle - low > high - middle)


def ink_of(grey: _Image) -> _Image:
    """How much ink there is at each pixel: 0 on the ground, about 1 on the darkest stroke.

    The light on the paper is fitted by a polynomial of second degree in both directions, and the
    grey divided by it is how much the ink lets through. Of bright strokes on a dark ground, the
    fitted ground is taken off instead.

    Args:
      grey: float64 [height, width] in [0, 1].

    Returns:
      float64 [height, width] in [0, 1]; 0 everywhere if there is no ink.
    """
    from scipy import ndimage

    ground = _ground(grey)
    let_through = grey / np.maximum(ground, 1e-3)
    strength = 1 - let_through if has_bright_ground(grey) else grey - ground
    smooth = ndimage.gaussian_filter(strength, max(_BLUR * max(grey.shape), 0.3))
    threshold = otsu_threshold(smooth)
    pieces, count = ndimage.label(smooth > threshold, structure=np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    if not 0 < sizes.sum() < grey.size:
        return np.zeros_like(grey)
    if smooth[pieces > 0].mean() - smooth[pieces == 0].mean() < _LEAST_CONTRAST:
        return np.zeros_like(grey)
    kept = np.concatenate([[False], sizes >= _SMALLEST_PIECE * sizes.max()])[pieces]
    full = np.percentile(smooth[kept], 75)
    # The soft edges of the strokes lie just outside of what the threshold keeps.
    near = ndimage.binary_dilation(kept, iterations=max(round(0.012 * max(grey.shape)), 1))
    return np.where(near, np.clip(strength / full, 0, 1), 0)


def _ground(grey: _Image) -> _Image:
    """The grey of the empty ground, fitted by least squares to what is not ink.

    A pixel whose residual is more than 2.5 deviations is left out of the next round, where a
    deviation is 1.4826 times the median of the absolute residuals of those left in.
    """
    step = max(max(grey.shape) // _FITTED_SIDE, 1)
    values: _Image = grey[::step, ::step].ravel()
    terms = _terms(grey.shape)[::step, ::step].reshape(values.size, -1)
    # The first guess is flat: a fit to all would lean towards the ink.
    fitted: _Image = np.full_like(values, np.median(values))
    kept = np.ones(values.size, bool)
    coefficients: npt.NDArray[np.floating] = np.zeros(terms.shape[1])
    for _ in range(_ROUNDS):
        residuals = np.abs(values - fitted)
        deviation = max(1.4826 * float(np.median(residuals[kept])), 1 / 255)
        kept = residuals <= _OUTLIER * deviation
        coefficients, *_ = np.linalg.lstsq(terms[kept], values[kept], rcond=None)
        fitted = terms @ coefficients
    return _terms(grey.shape) @ coefficients


def _terms(shape: tuple[int, ...]) -> _Image:
    """``1, x, y, x^2, xy, y^2`` at every pixel, x and y from -1 to 1: [height, width, 6]."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


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

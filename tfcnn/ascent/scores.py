"""Honest figures for a finished picture: its score, robust score and fine structure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Blur of the robust score, in pixels: the width over which a pen's stroke fades.
ROBUST_BLUR = 0.7


def high_frequency_share(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Share of the spectral energy above half the Nyquist frequency.

    The mean is taken off first; the energy is that of the discrete Fourier transform, and a
    frequency counts by its distance from 0, above 0.25 periods a pixel. Near 0 for smooth
    images, near 0.8 for white noise.

    Args:
      images: float32 [batch, height, width, channels].

    Returns:
      float64 [batch], from 0 to 1; 0 for an image of one grey level.
    """
    height, width = images.shape[1:3]
    varying = images - images.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    energy = np.square(np.abs(np.fft.fft2(varying, axes=(1, 2)))).sum(axis=3)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    total = energy.sum(axis=(1, 2))
    high = energy[:, frequency > 0.25].sum(axis=1)
    return np.divide(high, total, out=np.zeros_like(total), where=total > 1e-12)

"""What is climbed, and how it becomes an image: pixels, or a Fourier spectrum."""

from __future__ import annotations

import abc

import numpy as np
import tensorflow as tf

from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.smoothing import blur


class Parametrization(abc.ABC):
    """The images of one chunk as a function of what is climbed, the point.

    Pixels outside the region stay as they start.
    """

    def __init__(self, starts: tf.Tensor, region: tf.Tensor, recipe: Recipe) -> None:
        """``starts`` is float32 [batch, height, width, channels], ``region`` bool [1, h, w, 1]."""
        self._starts, self._region, self._recipe = starts, region, recipe

    @abc.abstractmethod
    def start(self) -> tf.Tensor:
        """The point whose image is the start image."""

    @abc.abstractmethod
    def image(self, point: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """The images in [0, 1] of a point, ``done`` of the way through the climb (0 to 1)."""

    def ascent(self, point: tf.Tensor, gradient: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """The gradient as it is to be followed, before it is normalised."""
        del point, done
        return gradient

    def ink(self) -> tf.Tensor:
        """The direction of brightness, of length 1 for each image."""
        return tf.constant(0.0)

    def constrain(self, point: tf.Tensor) -> tf.Tensor:
        """The nearest allowed point."""
        return point

    def _finish(self, images: tf.Tensor) -> tf.Tensor:
        """Keeps to the region, and within the energy budget around mid-grey."""
        if self._recipe.energy is not None:
            deviation = tf.where(self._region, images - 0.5, 0.0)
            norm = tf.sqrt(tf.reduce_sum(tf.square(deviation), [1, 2, 3], keepdims=True) + 1e-12)
            images = 0.5 + deviation * tf.minimum(1.0, self._recipe.energy / norm)
        return tf.where(self._region, images, self._starts)


class Pixels(Parametrization):
    """The pixels themselves, kept in [0, 1], optionally blurred into the image."""

    def start(self) -> tf.Tensor:
        """The start images."""
        return self._starts

    def image(self, point: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """The pixels, blurred less and less."""
        if self._recipe.image_blur is not None:
            point = blur(point, _between(self._recipe.image_blur, done))
        return self._finish(point)

    def ascent(self, point: tf.Tensor, gradient: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """Leaves out what would push a pixel out of [0, 1], where it would only be cut off."""
        if self._recipe.gradient_blur is not None:
            gradient = blur(gradient, _between(self._recipe.gradient_blur, done))
        outward = ((point <= 0) & (gradient < 0)) | ((point >= 1) & (gradient > 0))
        return tf.where(outward, 0.0, gradient)

    def ink(self) -> tf.Tensor:
        """The same for every pixel of the region."""
        area = tf.cast(self._region, tf.float32) * tf.ones_like(self._starts[:1])
        return area / tf.norm(area)

    def constrain(self, point: tf.Tensor) -> tf.Tensor:
        """Pixels in [0, 1]."""
        return tf.clip_by_value(point, 0.0, 1.0)


class Fourier(Parametrization):
    """Spectral coefficients, weighed by 1/frequency, through a sigmoid into [0, 1].

    Source: Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017, section
    "Preconditioning and Parameterization". The point is float32 [batch, channels, height,
    width // 2 + 1, 2]: real and imaginary parts.
    """

    def start(self) -> tf.Tensor:
        """The spectrum of the start images, pulled a little away from pure black and white."""
        bounded = tf.clip_by_value(self._starts, 0.02, 0.98)
        levels = tf.math.log(bounded / (1 - bounded))
        spectrum = tf.signal.rfft2d(tf.transpose(levels, [0, 3, 1, 2])) / self._scale()
        return tf.stack([tf.math.real(spectrum), tf.math.imag(spectrum)], axis=-1)

    def image(self, point: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """The sigmoid of the spectrum's field."""
        del done
        spectrum = tf.complex(point[..., 0], point[..., 1]) * self._scale()
        levels = tf.signal.irfft2d(spectrum, fft_length=self._starts.shape[1:3])
        return self._finish(tf.sigmoid(tf.transpose(levels, [0, 2, 3, 1])))

    def _scale(self) -> tf.Tensor:
        height, width = self._starts.shape[1:3]
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
        decay = 1 / np.maximum(frequency, 1 / max(height, width))
        return tf.constant(decay * np.sqrt(height * width) / 4, tf.complex64)


def _between(ends: tuple[float, float], done: tf.Tensor) -> tf.Tensor:
    """From the first to the second as ``done`` goes from 0 to 1."""
    return ends[0] + (ends[1] - ends[0]) * done

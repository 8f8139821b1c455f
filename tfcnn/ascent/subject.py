"""What can be climbed: anything that turns images into named activations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Protocol

import tensorflow as tf


class Subject(Hashable, Protocol):
    """A ``tfcnn`` Network is one; ten lines around any other TensorFlow callable make another."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """``(height, width, channels)`` of an image."""

    def activations(self, images: tf.Tensor) -> Mapping[str, tf.Tensor]:
        """Path -> float32 [batch, height, width, channels] or [batch, units].

        Where a path has a twin with ``/linear`` behind it, that is its value before the
        activation function. ``images`` is float32 [batch, *input_shape] in [0, 1].
        """

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


def shapes_of(subject: Subject) -> dict[str, tuple[int, ...]]:
    """Path -> (height, width, channels) or (units,), of every activation of ``subject``."""
    blank = tf.zeros([1, *subject.input_shape])
    return {path: tuple(value.shape[1:]) for path, value in subject.activations(blank).items()}

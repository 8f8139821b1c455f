"""Activation functions by name, as raw TensorFlow operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

from tfcnn.model.layer_fields import LEAKY_SLOPE

FUNCTIONS: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "relu": tf.nn.relu,
    # Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
    "selu": tf.nn.selu,
    # Clevert et al., "Exponential Linear Units", ICLR 2016.
    "elu": tf.nn.elu,
    # Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    "leaky_relu": lambda x: tf.nn.leaky_relu(x, alpha=LEAKY_SLOPE),
    "tanh": tf.math.tanh,
    "sigmoid": tf.math.sigmoid,
    "linear": tf.identity,
}

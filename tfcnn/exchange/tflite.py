"""A network for LiteRT: as it is, or quantised; and what such a file says of images.

A quantised file holds smaller numbers. ``float16`` rounds the weights to float16, in which LiteRT
also computes where a device can. ``dynamic`` rounds the weights of convolutions and dense layers
to int8, symmetric about 0, and the maps of each image while it computes. ``int8`` rounds the maps
too, to ranges that they had for representative images: what lies beyond such a range is cut off.
Source: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
"""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfcnn.errors import check_choice, wrong
from tfcnn.typing import Float32, PathLike

QUANTIZATIONS = ("float16", "dynamic", "int8")
_IMAGES_AT_ONCE = 1000


def check_quantization(
    format: str, quantize: str | None, images: object, input_shape: tuple[int, ...]
) -> None:
    """Refuses a quantisation that there is none of, and images that do not go with it.

    Args:
      format: Of the export.
      quantize: One of ``QUANTIZATIONS``, or None for float32.
      images: Those that the ranges of ``int8`` are taken from; for no other.
      input_shape: Of the network.

    Raises:
      InputError: As said.
    """
    if quantize is not None:
        check_choice("quantize", quantize, QUANTIZATIONS)
        if format != "tflite":
            raise wrong("quantize", "the format tflite beside it", format)
    if quantize != "int8":
        if images is not None:
            raise wrong("images", "none without quantize='int8'", repr(quantize))
        return
    wanted = f"float32 [count, {', '.join(map(str, input_shape))}] in [0, 1] for int8"
    if not isinstance(images, np.ndarray):
        raise wrong("images", wanted, type(images).__name__)
    if images.dtype != np.float32 or images.shape[1:] != input_shape or not len(images):
        raise wrong("images", wanted, f"{images.dtype} {list(images.shape)}")
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):
        raise wrong("images", wanted, f"{low:g} to {high:g}")


def convert(saved_model: str, quantize: str | None, images: Float32 | None) -> bytes:
    """The content of the file; the other two are as ``check_quantization`` lets them pass.

    Args:
      saved_model: A folder with a SavedModel, of which ``serving_default`` is taken.
      quantize: One of ``QUANTIZATIONS``, or None.
      images: For ``int8``, float32 [count, height, width, channels].
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(
        saved_model, signature_keys=["serving_default"]
    )
    if quantize is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if images is not None:
        converter.representative_dataset = lambda: _one_by_one(images)
    content: bytes = converter.convert()
    return content


def _one_by_one(images: Float32) -> Iterator[list[Float32]]:
    for number in range(len(images)):
        yield [images[number : number + 1]]


def tflite_logits(path: PathLike, images: Float32) -> Float32:
    """The logits that an exported file gives, by the interpreter that TensorFlow brings along.

    It is the one of LiteRT, under a name that TensorFlow warns of and 2.21 still has.

    Args:
      path: What ``export`` wrote in the format ``tflite``.
      images: float32 [count, height, width, channels] in [0, 1].

    Returns:
      float32 [count, classes].
    """
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        interpreter: Any = tf.lite.Interpreter(os.fspath(path))
    classify = interpreter.get_signature_runner()
    starts = range(0, len(images), _IMAGES_AT_ONCE)
    parts = [classify(images=images[at : at + _IMAGES_AT_ONCE])["logits"] for at in starts]
    return np.concatenate(parts)

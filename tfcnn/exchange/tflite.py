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

from tfcnn.arguments import checked
from tfcnn.errors import InputError, check_choice, one_line, wrong
from tfcnn.pixels import as_floats, check_shape
from tfcnn.regular_files import opened_regular
from tfcnn.typing import Array, Float32, Images, PathLike

QUANTIZATIONS = ("float16", "dynamic", "int8")
_IMAGES_AT_ONCE = 1000
MOST_BYTES = 2**31  # More than the format can have.


def check_quantization(
    format: str, quantize: str | None, images: Array | None, input_shape: tuple[int, ...]
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
    if images is None:
        raise wrong("images", "some for quantize='int8'", "None")
    check_shape("images", images.shape, (None, *input_shape))


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


@checked
def tflite_logits(path: PathLike, images: Images) -> Float32:
    """The logits that an exported file gives, by the interpreter that TensorFlow brings along.

    It is the one of LiteRT, under a name that TensorFlow warns of and 2.21 still has.

    Args:
      path: What ``export`` wrote in the format ``tflite``.
      images: uint8 or floats in [0, 1], [count, height, width, channels], at least one.

    Returns:
      float32 [count, classes].

    Raises:
      InputError: It is no such file, or the images have another shape.
    """
    import tensorflow as tf

    with warnings.catch_warnings(), opened_regular(path, MOST_BYTES, "a TFLite file"):
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        try:
            interpreter: Any = tf.lite.Interpreter(os.fspath(path))
            classify = interpreter.get_signature_runner()
        except (ValueError, RuntimeError) as error:
            found = f"{path}: {one_line(error)[:120]}"
            raise InputError(f"path: expected a TFLite file of export, found {found}") from None
    shape = interpreter.get_input_details()[0]["shape_signature"]
    check_shape("images", images.shape, (None, *shape[1:].tolist()))
    starts = range(0, len(images), _IMAGES_AT_ONCE)
    floats = (as_floats(images[at : at + _IMAGES_AT_ONCE]) for at in starts)
    parts = [classify(images=some)["logits"] for some in floats]
    return np.concatenate(parts)

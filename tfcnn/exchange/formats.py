"""A network in the formats of other tools.

Each takes float32 images [batch, height, width, channels] in [0, 1], any number of them, and gives
float32 logits [batch, classes]. Where a format names inputs and outputs, these are ``images`` and
``logits``.
"""

from __future__ import annotations

import os
import pathlib
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfcnn.atomic_files import new_folder, replacing
from tfcnn.errors import InputError, check_choice, one_line
from tfcnn.exchange import npz
from tfcnn.model.finite import check_network_values

if TYPE_CHECKING:
    import tensorflow as tf

    from tfcnn.model.network import Network

TF2ONNX = "tf2onnx>=1.17,<2"
_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def export(network: Network, format: str, path: str | os.PathLike[str]) -> None:
    """Writes a network in one of ``FORMATS``, whole or not at all.

    Args:
      network: The network.
      format: ``saved_model``, ``onnx``, ``npz``, ``safetensors`` or ``tflite``.
      path: The file, which may exist; for ``saved_model`` a folder, which may not.

    Raises:
      InputError: The format is unknown or needs a package that is not there, a weight is not
        finite, or nothing can be written to ``path``.
    """
    check_choice("format", format, FORMATS)
    check_network_values(network.tensors())
    try:
        FORMATS[format](network, pathlib.Path(path))
    except OSError as error:
        found = f"{os.fspath(path)!r}: {error.strerror or error}"
        raise InputError(f"path: expected a place to write to, found {found}") from None


def _write_saved_model(network: Network, path: pathlib.Path) -> None:
    """A folder with the signature ``serving``, under the name that servers look for, too."""
    import tensorflow as tf

    logits = _logits_function(network)
    with new_folder(path) as partial:
        tf.saved_model.save(
            network, str(partial), signatures={"serving": logits, "serving_default": logits}
        )


def _write_onnx(network: Network, path: pathlib.Path) -> None:
    convert = _import_tf2onnx()
    function = _logits_function(network)
    model, _ = convert.from_function(function, input_signature=function.input_signature)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    with replacing(path) as partial:
        partial.write_bytes(model.SerializeToString())


def _import_tf2onnx() -> types.ModuleType:
    """Gives ``tf2onnx.convert``, whose import sets the log level of all that we start later."""
    level = os.environ.get(_LOG_LEVEL)
    try:
        from tf2onnx import convert
    except ImportError as error:
        raise InputError(
            f"format: expected the package tf2onnx for onnx, found {one_line(error)}: "
            f"pip install '{TF2ONNX}'"
        ) from None
    finally:
        os.environ.pop(_LOG_LEVEL, None)
        if level is not None:
            os.environ[_LOG_LEVEL] = level
    return convert


def _write_tflite(network: Network, path: pathlib.Path) -> None:
    import tensorflow as tf

    function = _logits_function(network).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], network)
    with replacing(path) as partial:
        partial.write_bytes(converter.convert())


def _logits_function(network: Network) -> tf.types.experimental.PolymorphicFunction:
    """Float32 ``images`` in, a dictionary with ``logits`` out."""
    import tensorflow as tf

    images = tf.TensorSpec([None, *network.input_shape], tf.float32, "images")

    @tf.function(input_signature=[images], autograph=False)
    def classify(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": network(images)}

    return classify


FORMATS: Mapping[str, Callable[[Network, pathlib.Path], None]] = {
    "saved_model": _write_saved_model,
    "onnx": _write_onnx,
    "npz": npz.write_network,
    "safetensors": lambda network, path: network.save(path),
    "tflite": _write_tflite,
}

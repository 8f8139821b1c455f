"""A network in the formats of other tools.

Each takes float32 images [batch, height, width, channels] in [0, 1], any number of them, and gives
float32 logits [batch, classes]. Where a format names inputs and outputs, these are ``images`` and
``logits``.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import pathlib
import types
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from tfcnn.arguments import checked
from tfcnn.atomic_files import new_folder, passing_folder, replacing
from tfcnn.errors import check_choice, one_line, wrong
from tfcnn.exchange import npz, tflite
from tfcnn.model import weights_file
from tfcnn.model.finite import check_network_values
from tfcnn.pixels import as_floats
from tfcnn.typing import Float32, Images, PathLike

if TYPE_CHECKING:
    import tensorflow as tf

    from tfcnn.model.network import Network

TF2ONNX = "tf2onnx>=1.17,<2"
_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@checked
def export(
    network: Network,
    format: str,
    path: PathLike,
    *,
    quantize: str | None = None,
    images: Images | None = None,
) -> None:
    """Writes a network in one of ``FORMATS``, whole or not at all.

    Args:
      network: The network.
      format: ``saved_model``, ``onnx``, ``npz``, ``safetensors`` or ``tflite``.
      path: The file, which may exist; for ``saved_model`` a folder, which may not.
      quantize: For ``tflite``, how its numbers are made smaller: one of ``QUANTIZATIONS``.
      images: For ``int8``, uint8 or floats in [0, 1], [count, height, width, channels]: a few
        hundred that stand for all, from which the ranges of the maps are taken. No other takes any.

    Raises:
      InputError: The format is unknown or needs a package that is not there, ``quantize`` or
        ``images`` do not go with it, a weight is not
        finite, or nothing can be written to ``path``.
    """
    check_choice("format", format, FORMATS)
    check_network_values(network.tensors())
    tflite.check_quantization(format, quantize, images, network.input_shape)
    images = None if images is None else as_floats(images)
    write = FORMATS[format]
    if quantize is not None:
        write = functools.partial(_write_tflite, quantize=quantize, images=images)
    try:
        write(network, pathlib.Path(path))
    except OSError as error:
        raise wrong(
            "path", "a place to write to", f"{os.fspath(path)!r}: {error.strerror or error}"
        ) from None


def _write_saved_model(network: Network, path: pathlib.Path) -> None:
    with new_folder(path) as partial:
        _save_model(network, partial)


def _save_model(network: Network, folder: pathlib.Path) -> None:
    """Fills a folder; the signature ``serving`` has the name that servers look for, too."""
    import tensorflow as tf

    logits = _logits_function(network)
    with _as_os_error():
        tf.saved_model.save(
            network, str(folder), signatures={"serving": logits, "serving_default": logits}
        )


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """Raises what TensorFlow could not write as Python does: it calls a full disk a full memory."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        for number in errno.errorcode:
            if f"; {os.strerror(number)}" in str(error):
                raise OSError(number, os.strerror(number)) from error
        raise


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
        raise wrong(
            "format", "the package tf2onnx for onnx", f"{one_line(error)}: pip install '{TF2ONNX}'"
        ) from None
    finally:
        os.environ.pop(_LOG_LEVEL, None)
        if level is not None:
            os.environ[_LOG_LEVEL] = level
    return convert


def _write_tflite(
    network: Network, path: pathlib.Path, quantize: str | None = None, images: Float32 | None = None
) -> None:
    # The converter's own way, a folder in /tmp, leaves out the signature where that disk is full.
    with replacing(path) as partial, passing_folder(path) as folder:
        _save_model(network, folder)
        partial.write_bytes(tflite.convert(str(folder), quantize, images))


def _logits_function(network: Network) -> tf.types.experimental.PolymorphicFunction:
    """Float32 ``images`` in, a dictionary with ``logits`` out."""
    import tensorflow as tf

    images = tf.TensorSpec([None, *network.input_shape], tf.float32, "images")

    @tf.function(input_signature=[images], autograph=False)
    def classify(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": network(images)}

    return classify


def _write_safetensors(network: Network, path: pathlib.Path) -> None:
    weights_file.write(path, network.tensors(), str(network.architecture), network.input_shape)


FORMATS: Mapping[str, Callable[[Network, pathlib.Path], None]] = {
    "saved_model": _write_saved_model,
    "onnx": _write_onnx,
    "npz": npz.write_network,
    "safetensors": _write_safetensors,
    "tflite": _write_tflite,
}

"""Files of Keras, read by h5py alone.

| file            | what is in it                                                                 |
|-----------------|-------------------------------------------------------------------------------|
| ``.h5``         | a group a layer, their order in ``layer_names``, and in each ``weight_names`` |
| ``.weights.h5`` | ``layers/conv2d_1/vars/0``: class of the layer, its number, the variable's    |
| ``.keras``      | a zip archive: such a file, and ``config.json`` with the layers in order      |
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from tfcnn.errors import one_line, wrong
from tfcnn.exchange import hdf5
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ERRORS = (*hdf5.ERRORS, zipfile.BadZipFile, zlib.error, EOFError)


def read_h5(content: bytes, source: str, most_bytes: int) -> TensorFile:
    """The tensors of a file ``*.h5`` of either kind; of ``most_bytes`` at most it is one already.

    Raises:
      InputError: It is none, is damaged, or reads images with channels first.
    """
    try:
        root = hdf5.opened(content)
        described = hdf5.text(root, "model_config")
        if described is not None:
            _layers_in_order(described)
        if "model_weights" in root or "layer_names" in root.attrs or "layer_names0" in root.attrs:
            return TensorFile(_by_layer(root, source), "tensorflow", ordered=True)
        return TensorFile(_by_class(root, source), "tensorflow")
    except _ERRORS as error:
        raise wrong(source, "an h5 file of Keras", one_line(error)[:200]) from None


def read_archive(content: bytes, source: str, most_bytes: int) -> TensorFile:
    """The tensors of a file ``*.keras``, in the order of its layers if it tells that.

    Raises:
      InputError: It is none, is damaged, unpacks to more than ``most_bytes``, or reads images with
        channels first.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _layers_in_order(_unpacked(archive, "config.json", most_bytes))
            root = hdf5.opened(_unpacked(archive, "model.weights.h5", most_bytes))
        tensors = _by_class(root, source)
        ranks = {name: rank for rank, name in enumerate(names)}
        layers = {path: path.rpartition("/vars/")[0] for path in tensors}
        own = {layer: _own_name(root, layer) for layer in layers.values()}
        # A name that is not there, or there twice, tells no order.
        ordered = len(ranks) == len(names) and set(own.values()) <= ranks.keys()
        if ordered:
            by_rank = sorted(tensors, key=lambda path: ranks[own[layers[path]]])
            tensors = {path: tensors[path] for path in by_rank}
        return TensorFile(tensors, "tensorflow", ordered)
    except (*_ERRORS, NotImplementedError) as error:
        raise wrong(source, "a keras file", one_line(error)[:200]) from None


def _by_layer(root: hdf5.Group, source: str) -> dict[str, StoredTensor]:
    top = hdf5.member(root, "model_weights") if "model_weights" in root else root
    found = {}
    for layer in hdf5.texts(top, "layer_names"):
        group = hdf5.member(top, layer)
        for name in hdf5.texts(group, "weight_names"):
            path = f"{layer}/{name}"
            found[path] = hdf5.tensor(hdf5.member(group, name), f"{source}: {path[:60]!r}")
    return found


def _by_class(root: hdf5.Group, source: str) -> dict[str, StoredTensor]:
    found = dict(hdf5.tensors_below(root, source, leave_out="optimizer"))
    if not any("/vars/" in path for path in found):
        raise ValueError("neither layer_names nor vars")
    return found


def _own_name(root: hdf5.Group, layer: str) -> str:
    group = hdf5.member(root, f"{layer}/vars") if layer else root
    return hdf5.text(group, "name") or ""


def _unpacked(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """A member of at most so many bytes, whatever the archive says of it."""
    member = archive.getinfo(name)
    if member.compress_type not in _METHODS:
        raise ValueError(f"the compression method {member.compress_type}")
    with archive.open(member) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"more than {most_bytes} bytes in {name}")
    return content


def _layers_in_order(described: str | bytes) -> list[str]:
    """The names of a model's layers, those of a model inside it at its place."""
    names = []
    for layer in _layers(json.loads(described)):
        names.append(str(layer.get("name")))
        if layer.get("data_format") == "channels_first":
            raise ValueError(f"channels_first in {names[-1][:60]!r} instead of channels_last")
    return names


def _layers(model: Any) -> Iterator[dict[str, Any]]:
    """What the description of a model, or of a layer, says of each of its layers."""
    config = model.get("config") if isinstance(model, dict) else None
    if not isinstance(config, dict):
        return
    inner = config.get("layers")
    if not isinstance(inner, list):
        yield config
        return
    for layer in inner:
        yield from _layers(layer)

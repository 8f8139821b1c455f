"""A network as data for the page's script: layers in plain words, tensors as base64."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.model import Network, geometry


def describe_network(network: Network) -> dict[str, Any]:
    """Everything the script needs to compute as ``network`` does, ready for JSON.

    A layer has ``name``, ``kind`` (its word in the architecture's text), ``input`` and ``output``
    shape, ``field``, ``stride`` and ``offset`` in pixels of the image; where it has them also
    ``window`` (``size``, ``stride`` and ``pad``, the rows and columns of padding before the map),
    ``activation``, ``epsilon`` and ``tensors``, each float32 little-endian in base64.
    """
    rows = geometry(network.architecture, network.input_shape)
    tensors = network.tensors()
    layers = []
    for placed, row in zip(network.layers, rows, strict=True):
        layer: dict[str, Any] = {
            "name": placed.name,
            "kind": placed.layer.word,
            "input": placed.input_shape,
            "output": placed.output_shape,
            "field": row.receptive_field,
            "stride": row.stride,
            "offset": row.offset,
        }
        window = placed.layer.window
        if window is not None:
            pad = [window.pad_before(placed.input_shape[axis], axis) for axis in (0, 1)]
            layer["window"] = {"size": window.size, "stride": window.stride, "pad": pad}
        for option in ("activation", "epsilon"):
            if getattr(placed.layer, option, None) is not None:
                layer[option] = getattr(placed.layer, option)
        own = [*placed.weights(), *placed.state()]
        layer["tensors"] = {path.partition("/")[2]: encoded(tensors[path]) for path in own}
        layers.append(layer)
    return {
        "input_shape": network.input_shape,
        "mean": tensors["input/mean"].tolist(),
        "deviation": tensors["input/deviation"].tolist(),
        "layers": layers,
    }


def encoded(array: npt.NDArray[np.generic], dtype: str = "<f4") -> str:
    """The array's values, last axis fastest, in base64."""
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")

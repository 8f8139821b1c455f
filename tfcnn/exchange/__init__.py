"""Networks on their way out to other tools, and weights from other tools on their way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcnn.exchange.formats import FORMATS, export
from tfcnn.exchange.layouts import LAYOUTS
from tfcnn.exchange.name_map import read_name_map
from tfcnn.exchange.numpy_network import NumpyNetwork

if TYPE_CHECKING:
    from tfcnn.exchange.foreign_weights import ImportedNetwork, import_weights

__all__ = [
    "FORMATS",
    "LAYOUTS",
    "ImportedNetwork",
    "NumpyNetwork",
    "export",
    "import_weights",
    "read_name_map",
]


def __getattr__(name: str) -> Any:
    # A network in NumPy needs no TensorFlow, wherever it runs.
    if name in ("ImportedNetwork", "import_weights"):
        from tfcnn.exchange import foreign_weights

        return getattr(foreign_weights, name)
    raise AttributeError(f"module 'tfcnn.exchange' has no attribute {name!r}")

"""Layers as data, networks on named variables, and the arithmetic of receptive fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcnn.model.architecture import Architecture, parse
from tfcnn.model.geometry import LayerGeometry, geometry
from tfcnn.model.zoo import ZOO, find

if TYPE_CHECKING:
    from tfcnn.model.network import Network

__all__ = ["ZOO", "Architecture", "LayerGeometry", "Network", "find", "geometry", "parse"]


def __getattr__(name: str) -> Any:
    # The arithmetic needs no TensorFlow; only a network pays for its import.
    if name == "Network":
        from tfcnn.model.network import Network

        return Network
    raise AttributeError(f"module 'tfcnn.model' has no attribute {name!r}")

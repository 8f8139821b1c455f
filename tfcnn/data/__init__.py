"""Real images in: sources, verified IDX bytes, uint8 arrays."""

from __future__ import annotations

from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.load import load

__all__ = ["Dataset", "Split", "load"]

"""Real images in: sources, verified IDX bytes or pictures, uint8 arrays."""

from __future__ import annotations

from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.digits import Prepared, prepare_picture
from tfcnn.data.load import load
from tfcnn.data.pictures import read_picture
from tfcnn.data.prepare import prepare

__all__ = ["Dataset", "Prepared", "Split", "load", "prepare", "prepare_picture", "read_picture"]

"""Real images in: sources, verified IDX bytes or pictures, uint8 arrays."""

from __future__ import annotations

from tfcnn.data.dataset import Dataset, Split
from tfcnn.data.digits import Prepared, prepare_picture, prepare_single
from tfcnn.data.load import load
from tfcnn.data.picture_files import find_pictures
from tfcnn.data.preparation import Preparation, find_preparation
from tfcnn.data.prepare import prepare

__all__ = [
    "Dataset",
    "Preparation",
    "Prepared",
    "Split",
    "find_pictures",
    "find_preparation",
    "load",
    "prepare",
    "prepare_picture",
    "prepare_single",
]

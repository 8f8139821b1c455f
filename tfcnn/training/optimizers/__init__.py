"""Optimizers written by hand on raw variables."""

from __future__ import annotations

from tfcnn.training.optimizers.adam import Adam
from tfcnn.training.optimizers.base import Optimizer
from tfcnn.training.optimizers.momentum import Momentum
from tfcnn.training.optimizers.rmsprop import RMSprop

__all__ = ["Adam", "Momentum", "Optimizer", "RMSprop"]

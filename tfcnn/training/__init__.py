"""Losses, optimizers and schedules by hand, the GradientTape loop, and the run directory."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tfcnn.training.config import TrainConfig

if TYPE_CHECKING:
    from tfcnn.training.checkpoints import load_best, read_states
    from tfcnn.training.cores import available_cores
    from tfcnn.training.distribution import distributed, refuse_differences
    from tfcnn.training.evaluate import compile_evaluate
    from tfcnn.training.loop import train
    from tfcnn.training.metrics import EpochMetrics, best_epoch
    from tfcnn.training.rendezvous import PeerLostError
    from tfcnn.training.run_directory import (
        RunDirectory,
        load_run,
        load_run_data,
        read_class_names,
        read_config,
        save_as_run,
    )
    from tfcnn.training.stop_signals import Stopped
    from tfcnn.training.threads import parts_of_a_batch, use_threads
    from tfcnn.training.workers import is_chief

__all__ = [
    "EpochMetrics",
    "PeerLostError",
    "RunDirectory",
    "Stopped",
    "TrainConfig",
    "available_cores",
    "best_epoch",
    "compile_evaluate",
    "distributed",
    "is_chief",
    "load_best",
    "load_run",
    "load_run_data",
    "parts_of_a_batch",
    "read_class_names",
    "read_config",
    "read_states",
    "refuse_differences",
    "save_as_run",
    "train",
    "use_threads",
]

# The choices of a training can be checked without TensorFlow; what computes imports it.
_HOMES = {
    "EpochMetrics": "metrics",
    "PeerLostError": "rendezvous",
    "RunDirectory": "run_directory",
    "Stopped": "stop_signals",
    "available_cores": "cores",
    "best_epoch": "metrics",
    "compile_evaluate": "evaluate",
    "distributed": "distribution",
    "is_chief": "workers",
    "load_best": "checkpoints",
    "load_run": "run_directory",
    "load_run_data": "run_directory",
    "parts_of_a_batch": "threads",
    "read_class_names": "run_directory",
    "read_config": "run_directory",
    "read_states": "checkpoints",
    "refuse_differences": "distribution",
    "save_as_run": "run_directory",
    "train": "loop",
    "use_threads": "threads",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tfcnn.training' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tfcnn.training.{_HOMES[name]}"), name)

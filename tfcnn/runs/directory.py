"""The folder of a run: the names of its files, and what config.json says."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfcnn.errors import InputError
from tfcnn.json_files import write_json

if TYPE_CHECKING:
    from tfcnn.data.dataset import Dataset
    from tfcnn.model.network import Network


class RunDirectory:
    """Paths in the folder of one run, whether it exists or not."""

    def __init__(self, run_dir: str | os.PathLike[str]) -> None:
        """Nothing is read."""
        self.path = pathlib.Path(run_dir)
        # Every choice, the architecture's text and the data set's checksums.
        self.config = self.path / "config.json"
        # Versions, processor, git commit.
        self.environment = self.path / "environment.json"
        # A JSON object an epoch.
        self.metrics = self.path / "metrics.jsonl"
        # With log_norms: the norms of gradients and weights, an object an epoch.
        self.norms = self.path / "norms.jsonl"
        self.checkpoints = self.path / "checkpoints"
        # The trained network; and that of fewer epochs, while the run is on its way to more.
        self.weights = self.path / "weights.safetensors"
        self.earlier_weights = self.path / "weights.earlier.safetensors"
        # There while a training is under way; says which.
        self.lock = self.path / "lock"
        # Pictures and tables.
        self.plots = self.path / "plots"
        self.tensorboard = self.path / "tensorboard"

    def earlier_plots(self, epochs: int) -> pathlib.Path:
        """The pictures of the network after so many epochs, of a run that went on to more."""
        return self.path / f"plots.{epochs}_epochs"


def describe_run(network: Network, data: Dataset, training: Mapping[str, Any]) -> dict[str, Any]:
    """What ``config.json`` holds; ``training`` are the choices of the training by name."""
    return {**_describe_network(network, data), "training": dict(training)}


def _describe_network(network: Network, data: Dataset) -> dict[str, Any]:
    """The part of ``config.json`` that has nothing to do with how a network came to be."""
    from tfcnn.data.location import absolute
    from tfcnn.data.preparation import find_preparation

    location = absolute(data.name)
    return {
        "architecture": str(network.architecture),
        "input_shape": list(network.input_shape),
        "dataset": {
            "name": data.name,
            **({} if location == data.name else {"location": location}),
            "num_classes": data.num_classes,
            "class_names": list(data.class_names),
            "checksums": dict(data.checksums),
        },
        "preparation": find_preparation(data.train.images).to_json(),
    }


def save_as_run(
    run_dir: str | os.PathLike[str], network: Network, data: Dataset, origin: Mapping[str, Any]
) -> RunDirectory:
    """Writes a network that was not trained here as a run, for all that looks into runs.

    Args:
      run_dir: The folder, made if it is not there.
      network: The network.
      data: The data set whose images it reads.
      origin: Where it comes from, for ``config.json``.

    Raises:
      InputError: The folder holds a run, or cannot be written.
    """
    run = RunDirectory(run_dir)
    try:
        if run.weights.exists() or run.config.exists():
            raise InputError(f"run_dir: expected a folder without a run, found one in {run.path}")
        write_json(run.config, {**_describe_network(network, data), "imported": dict(origin)})
        network.save(run.weights)
    except OSError as error:
        raise InputError(
            f"run_dir: expected a folder to write to, found {run.path}: {error.strerror}"
        ) from None
    return run

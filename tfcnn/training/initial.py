"""Weights of another network, as those that a training begins with."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError
from tfcnn.model.finite import check_network_values
from tfcnn.model.network import Network
from tfcnn.model.weights_file import sha256_of_tensors
from tfcnn.runs.run import load_run
from tfcnn.training.frozen import chosen_paths

# A run's folder, a weights file, or a network.
Source: TypeAlias = str | os.PathLike[str] | Network

GIVEN_FROM_PYTHON = "given from Python"


@dataclasses.dataclass(frozen=True)
class TakenWeights:
    """What a network was given of another.

    Attributes:
      source: The folder or file, or that it was given from Python.
      taken: The paths of what was taken.
      left: The paths of what the network has besides: these kept their values.
      sha256: Of the values that were taken.
    """

    source: str
    taken: tuple[str, ...]
    left: tuple[str, ...]
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """What ``config.json`` says of it."""
        return {"weights": self.source, "taken": list(self.taken), "sha256": self.sha256}

    def __str__(self) -> str:
        source = self.source if self.source == GIVEN_FROM_PYTHON else f"of {self.source}"
        text = f"weights {source}: {', '.join(self.taken)}"
        return f"{text}; not of it: {', '.join(self.left)}" if self.left else text


def take_weights(network: Network, source: Source, paths: Sequence[str] = ("*",)) -> TakenWeights:
    """Gives a network the weights and moving statistics that another one has at the same paths.

    ``input/mean`` and ``input/deviation`` are not among them: a training sets these to those of its
    own images.

    >>> first = tfcnn.model.Network(tfcnn.model.parse("conv(4,5) flatten dense(10)"), (28, 28, 1))
    >>> second = tfcnn.model.Network(tfcnn.model.parse("conv(4,5) flatten dense(3)"), (28, 28, 1))
    >>> print(tfcnn.training.take_weights(second, first, ["conv*"]))
    weights given from Python: conv1/kernel, conv1/bias; not of it: dense1/kernel, dense1/bias
    >>> tfcnn.training.take_weights(second, first)
    Traceback (most recent call last):
    tfcnn.errors.InputError: initial: dense1/kernel: expected float32 (2304, 3), found (2304, 10)

    Args:
      network: Is changed.
      source: A run's folder, a weights file of ours, or a network.
      paths: Which paths to take, or patterns of them such as ``conv*``.

    Returns:
      What was taken, and what not.

    Raises:
      InputError: The source cannot be read, a pattern fits nothing of it, a shape differs or
        nothing is taken. Nothing is set.
    """
    told, tensors = _read(source)
    own = {**network.weights, **network.state}
    theirs = {path: value for path, value in tensors.items() if not path.startswith("input/")}
    chosen = chosen_paths("initial_paths", paths, theirs)
    taken = [path for path in own if path in chosen]
    if not taken:
        raise InputError(
            f"initial: expected weights at paths such as {next(iter(network.weights))}, "
            f"found none of them in {told}"
        )
    for path in taken:
        if theirs[path].shape != own[path].shape:
            raise InputError(
                f"initial: {path}: expected float32 {tuple(own[path].shape)}, found "
                f"{theirs[path].shape} in {told}; initial_paths takes others only"
            )
    check_network_values({path: theirs[path] for path in taken}, f"initial: {told}")
    for path in taken:
        own[path].assign(theirs[path])
    digest = sha256_of_tensors({path: theirs[path] for path in taken})
    left = [path for path in own if path not in taken and not path.startswith("input/")]
    return TakenWeights(told, tuple(taken), tuple(left), digest)


def _read(source: Source) -> tuple[str, Mapping[str, npt.NDArray[np.float32]]]:
    if isinstance(source, Network):
        return GIVEN_FROM_PYTHON, source.tensors()
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(
            "initial: expected a run's folder, a weights file or a Network, "
            f"found {type(source).__name__}"
        )
    try:
        is_folder = pathlib.Path(source).is_dir()
        return os.fspath(source), (load_run if is_folder else Network.load)(source).tensors()
    except InputError as error:
        raise InputError(f"initial: {error}") from None

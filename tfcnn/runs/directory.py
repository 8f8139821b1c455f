"""The folder of a run: the names of its files, and what config.json says."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from tfcnn.arguments import checked, whole
from tfcnn.errors import InputError, one_line, wrong
from tfcnn.json_files import write_json

if TYPE_CHECKING:
    from tfcnn.data.dataset import Dataset
    from tfcnn.model.network import Network
    from tfcnn.typing import PathLike

_LONGEST = 60  # Of a data set's name in the name of a folder.


class RunDirectory:
    """Paths in the folder of one run, whether it exists or not."""

    @checked
    def __init__(self, run_dir: PathLike) -> None:
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
        # There while a training is under way: a text that says which, and what is locked.
        self.lock = self.path / "lock"
        self.locked = locked_file(self.lock)
        # Pictures and tables.
        self.plots = self.path / "plots"
        self.tensorboard = self.path / "tensorboard"

    @checked
    def earlier_plots(self, epochs: Annotated[int, whole(0)]) -> pathlib.Path:
        """The pictures of the network after so many epochs, of a run that went on to more."""
        return self.path / f"plots.{epochs}_epochs"

    def is_there(self) -> bool:
        """Whether the folder holds a run, finished or not."""
        others = self.environment, self.metrics, self.weights, self.checkpoints
        return self.config.is_file() and any(path.exists() for path in others)

    @checked
    def keeps(self, name: str, pictures: bool) -> bool:
        """Whether what is called so is the run's; ``pictures`` and the page count if so said."""
        own = {path.name for key, path in vars(self).items() if key not in ("path", "plots")}
        weights = name.startswith("weights") and name.endswith(".safetensors")
        drawn = name == "report.html" or f"{name}.".startswith(f"{self.plots.name}.")
        return name in own | {"sweep.json"} or weights or (pictures and drawn)


def locked_file(path: pathlib.Path) -> pathlib.Path:
    """The file beside the text at ``path`` that is locked."""
    return path.with_name(f"{path.name}.held")


def folder_on(dataset: str) -> str:
    """The name of the folder of pictures on other data than a network was trained on."""
    words = re.sub(r"[^\w.-]+", "_", dataset)
    if words != dataset or len(words) > _LONGEST:  # So that no other data set's is the same.
        words = f"{words[-_LONGEST:]}_{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"
    return f"on_{words}"


@checked
def refuse_own_files(argument: str, path: PathLike, *, draws: bool = False) -> None:
    """Refuses to write over what a run's folder holds.

    Args:
      argument: What named the path, with which the message starts.
      path: A file or folder to write; links are followed.
      draws: Whether pictures are written, which may go to where a run has its own.

    Raises:
      InputError: It is such a file or folder of a run, or lies in one.
    """
    named = pathlib.Path(path).absolute()
    # A link itself is replaced, not what it leads to; a folder that is one is written into.
    for place in (named.parent.resolve() / named.name, named.resolve()):
        for inner in (place, *place.parents):
            run = RunDirectory(inner.parent)
            if run.keeps(inner.name, not draws) and run.is_there():
                raise InputError(
                    f"{argument}: expected a place that is no run's own, found {path}, which "
                    f"belongs to the run in {run.path}"
                )


def describe_run(network: Network, data: Dataset, training: Mapping[str, Any]) -> dict[str, Any]:
    """What ``config.json`` holds; ``training`` are the choices of the training by name."""
    from tfcnn.runs.start_weights import describe_start

    return {
        **_describe_network(network, data),
        "training": dict(training),
        "start_weights": describe_start(network),
    }


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


@checked
def save_as_run(
    run_dir: PathLike, network: Network, data: Dataset, origin: Mapping[str, Any]
) -> RunDirectory:
    """Writes a network that was not trained here as a run, for all that looks into runs.

    Args:
      run_dir: The folder, made if it is not there.
      network: The network.
      data: The data set whose images it reads.
      origin: Where it comes from, for ``config.json``.

    Raises:
      InputError: The folder holds a run, or cannot be written; the network does not read such
        images, or the origin cannot be written as JSON.
    """
    run = RunDirectory(run_dir)
    shape = tuple(data.train.images.shape[1:])
    if shape != network.input_shape:
        raise wrong("data", f"images of shape {list(network.input_shape)}", list(shape))
    try:
        json.dumps(origin, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise wrong("origin", "what JSON can hold", one_line(error)) from None
    try:
        if run.weights.exists() or run.config.exists():
            raise wrong("run_dir", "a folder without a run", f"one in {run.path}")
        write_json(run.config, {**_describe_network(network, data), "imported": dict(origin)})
        network.save(run.weights)
    except OSError as error:
        raise wrong("run_dir", "a folder to write to", f"{run.path}: {error.strerror}") from None
    return run

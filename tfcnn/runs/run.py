"""A run as a thing: what a training left in its folder, read when it is asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfcnn.arguments import check_fields, checked
from tfcnn.errors import InputError, wrong
from tfcnn.json_files import read_json, read_json_lines
from tfcnn.runs.directory import RunDirectory, folder_on
from tfcnn.runs.metrics import History, metrics_from_json
from tfcnn.showing import Shown
from tfcnn.shown_names import shown_names

if TYPE_CHECKING:
    from tfcnn.data import Dataset, Preparation
    from tfcnn.model import Network
    from tfcnn.typing import Float32, PathLike


@dataclasses.dataclass(frozen=True, repr=False)
class Run(Shown):
    """One training with its directory. Nothing is read before it is asked for.

    Attributes:
      path: The folder.
      output_dir: Where pictures and tables go instead of the run's own ``plots``.
      dataset: The data set to take, as ``tfcnn.data.load`` knows it, instead of what
        ``config.json`` names: the same data at another place.
      other_data: Whether ``dataset`` may be other data than those of the training.
    """

    path: pathlib.Path
    output_dir: pathlib.Path | None = None
    dataset: str | None = None
    other_data: bool = False

    def __post_init__(self) -> None:
        """Takes texts as paths.

        Raises:
          InputError: A field is of another type.
        """
        check_fields(self)

    def in_short(self) -> str:
        """The folder, and the data if they are others than the run's."""
        return f"{self.path} on {self.dataset}" if self.other_data else str(self.path)

    @property
    def files(self) -> RunDirectory:
        """The paths of all that a run's folder holds."""
        return RunDirectory(self.path)

    @property
    def plots(self) -> pathlib.Path:
        """The folder of pictures and tables; those on other data have one of their own."""
        plots = self.output_dir or self.files.plots
        return plots / folder_on(self.dataset) if self.other_data and self.dataset else plots

    @property
    def config(self) -> dict[str, Any]:
        """What ``config.json`` holds: every choice, the architecture's text, the data set.

        Raises:
          InputError: The folder has no such file, or it is no JSON object.
        """
        return read_json(self.files.config)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the logits, fit to be printed and drawn.

        Raises:
          InputError: ``config.json`` is missing or does not say.
        """
        names = self._dataset().get("class_names")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise wrong(
                f"{self.files.config}: dataset.class_names", "a list of texts", f"{names!r:.60}"
            )
        return shown_names(names)

    def history(self) -> History:
        """The metrics of every epoch, as ``train`` returns them.

        Raises:
          InputError: ``metrics.jsonl`` is missing or damaged.
        """
        path = self.files.metrics
        return History(metrics_from_json(row, str(path)) for row in read_json_lines(path))

    def network(self) -> Network:
        """The trained network.

        Raises:
          InputError: The folder has no finished run, or its weights are damaged.
        """
        from tfcnn.model.network import Network

        weights = self.files.weights
        if not weights.is_file():
            raise wrong(
                "run_dir", f"a folder with a finished run's {weights.name}", f"none in {self.path}"
            )
        return Network.load(weights)

    def data(self) -> Dataset:
        """The data set that the run was trained on, or the one that ``dataset`` names.

        A data set of one's own is looked for where ``config.json`` says, then at the absolute path
        that this was when the run began.

        Raises:
          InputError: ``config.json`` is missing or damaged, no source has the data, or they have
            changed since; with ``other_data``, if they have not, or do not fit the network.
        """
        then = self._dataset()
        data = self._found_data(then)
        if then.get("checksums") == dict(data.checksums):
            if self.other_data:
                raise InputError(
                    f"other_data: expected other data than {self.path} was trained on, "
                    f"found the same in {data.name}"
                )
            return data
        if not self.other_data:
            raise InputError(
                f"dataset: expected the data that {self.path} was trained on, "
                f"found other checksums in {data.name}; other_data goes on with them"
            )
        shape, classes = self.config.get("input_shape"), then.get("num_classes")
        found = list(data.test.images.shape[1:]), data.num_classes
        if found != (shape, classes):
            raise InputError(
                f"dataset: expected images of shape {shape} and {classes} classes, as {self.path} "
                f"was trained on, found {found[0]} and {found[1]} in {data.name}"
            )
        return dataclasses.replace(data, class_names=self.class_names)

    def preparation(self) -> Preparation:
        """How pictures become images like those that the run was trained on.

        What ``config.json`` says; of a run from before it said so, what the training images tell.

        Raises:
          InputError: ``config.json`` is missing or damaged, or the data set that has to be looked
            at cannot be had.
        """
        from tfcnn.data.preparation import Preparation, find_preparation

        told = self.config.get("preparation")
        if told is None:
            return find_preparation(self.data().train.images)
        return Preparation.from_json(told)

    def states(self) -> list[tuple[int, dict[str, Float32]]]:
        """The network at every checkpoint, oldest first.

        Returns:
          (steps taken, path -> float32 array as ``Network.tensors`` gives it) for each.

        Raises:
          InputError: The run is not finished or has no checkpoints, or one is damaged or another
            network's.
        """
        from tfcnn.runs import checkpoints

        found = checkpoints.find_some(self.files.checkpoints)
        network = self.network()
        return [(checkpoints.read_network(at, network).step, network.tensors()) for at in found]

    def best(self) -> Network:
        """The network as it was after the epoch that did best on the images held out.

        Raises:
          InputError: The run is not finished, has no checkpoints, held no images out, or that
            checkpoint is damaged or another network's.
        """
        from tfcnn.runs import checkpoints

        network = self.network()
        at = checkpoints.best_of(self.files.checkpoints)
        if at is None:
            raise wrong("run_dir", "a training with validation_size above 0", self.path)
        checkpoints.read_network(at, network)
        return network

    def _found_data(self, then: Mapping[str, Any]) -> Dataset:
        from tfcnn.data.loading import load
        from tfcnn.data.location import absolute

        name, location = then["name"], then.get("location")
        if self.dataset or not isinstance(location, str):
            return load(self.dataset or name)
        if absolute(name) != location:
            # Something else may go by the same name where this process was started.
            with contextlib.suppress(InputError):
                data = load(name)
                if then.get("checksums") == dict(data.checksums):
                    return data
        return load(location)

    def _dataset(self) -> Mapping[str, Any]:
        """What ``config.json`` says of the data; it has at least a name."""
        dataset = self.config.get("dataset")
        name = dataset.get("name") if isinstance(dataset, dict) else None
        if not isinstance(dataset, dict) or not isinstance(name, str):
            raise wrong(f"{self.files.config}: dataset.name", "a text", f"{name!r:.60}")
        return dataset


@checked
def open_run(
    run_dir: PathLike,
    *,
    output_dir: PathLike | None = None,
    dataset: str | None = None,
    other_data: bool = False,
) -> Run:
    """The run in a folder.

    >>> architecture = tfcnn.model.parse("flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> config = tfcnn.training.TrainConfig(epochs=1)
    >>> history = tfcnn.training.train(network, data, config, "runs/first", progress=False)
    >>> run = tfcnn.open_run("runs/first")
    >>> run.config["training"]["epochs"], run.class_names[:3]
    (1, ('0', '1', '2'))
    >>> [step for step, tensors in run.states()]
    [0, 7]

    Args:
      run_dir: The folder.
      output_dir: Where pictures and tables go; by default the run's own ``plots``.
      dataset: Where its data are now, if not where they were, as ``tfcnn.data.load`` takes it.
      other_data: Whether ``dataset`` may be other data than those of the training.

    Raises:
      InputError: The folder holds no run, not even one that was not finished.
    """
    output = pathlib.Path(output_dir) if output_dir else None
    run = Run(pathlib.Path(run_dir), output, dataset, other_data)
    if not run.files.config.is_file() and not run.files.weights.is_file():
        raise wrong(
            "run_dir", f"a folder with a run's {run.files.config.name}", f"none in {run.path}"
        )
    return run


@checked
def load_run(run_dir: PathLike) -> Network:
    """The trained network of a run: ``open_run(run_dir).network()``.

    Raises:
      InputError: The folder has no finished run, or its weights are damaged.
    """
    return Run(pathlib.Path(run_dir)).network()

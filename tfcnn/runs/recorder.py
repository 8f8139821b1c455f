"""Writes a run's files while it trains, and finds where to go on."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfcnn.atomic_files import UNFINISHED, clear_unfinished, wanted_names
from tfcnn.errors import InputError, check_choice, wrong
from tfcnn.json_files import read_json, write_json
from tfcnn.model.network import Network
from tfcnn.runs import checkpoints, start_weights
from tfcnn.runs.changed_choices import changes
from tfcnn.runs.directory import RunDirectory
from tfcnn.runs.environment import describe_environment
from tfcnn.runs.lock import RunLock
from tfcnn.runs.metrics import EpochMetrics, best_epoch, write_metrics
from tfcnn.runs.norms_file import write_norms
from tfcnn.runs.progress import Progress
from tfcnn.typing import Float32, PathLike

RESUME_CHOICES = ("auto", "never", "must")

_MOST_DIFFERENCES = 8


class Recorder:
    """Keeps one run directory up to date.

    Attributes:
      notes: What a person should know about how the run was found, a line each.
    """

    def __init__(
        self,
        run_dir: PathLike,
        network: Network,
        state: tf.train.Checkpoint,
        description: dict[str, Any],
        keep_checkpoints: int,
    ) -> None:
        """Nothing is read or written yet.

        Args:
          run_dir: The folder.
          network: The network in training.
          state: All variables that a resume needs.
          description: What ``config.json`` is to hold.
          keep_checkpoints: How many of the last checkpoints stay, besides the first and the best.
        """
        self.notes: list[str] = []
        self._run = RunDirectory(run_dir)
        self._lock = RunLock(self._run.lock)
        self._keep_checkpoints = keep_checkpoints
        self._network = network
        self._state = state
        # Through JSON, so that it compares equal with what is read back.
        self._description = json.loads(json.dumps(description))
        self._board: tf.summary.SummaryWriter | None = None

    def start(self, resume: str) -> Progress:
        """Makes and locks the folder, or goes on from the newest whole checkpoint that is there.

        A run that is complete keeps its environment, the one it was made in; only where its data
        are is brought up to date.
        One that is to grow has neither a trained network nor pictures until it ends: those of
        fewer epochs are set aside.

        Raises:
          InputError: ``resume`` forbids what is found, the folder holds something else, another
            training has it, none of its checkpoints is whole, or it cannot be written.
        """
        check_choice("resume", resume, RESUME_CHOICES)
        if any("\ud800" <= letter <= "\udfff" for letter in str(self._run.path)):
            raise InputError(
                "run_dir: expected a folder whose name is UTF-8, as TensorFlow writes to no other, "
                f"found {self._run.path}"
            )
        with self._writing():
            self._existing(resume)  # What is refused is refused before a folder is made.
            self._run.path.mkdir(parents=True, exist_ok=True)
            left_by = self._lock.acquire()
            existing = self._existing(resume)  # Another may have begun before we had the lock.
            if left_by:
                self.notes.append(f"{self._run.lock} was left by {left_by}, killed")
            clear_unfinished(self._run.path)
            progress = Progress() if existing is None else self._restore(existing)
            if existing is None or len(progress.history) < self._description["training"]["epochs"]:
                if self._run.weights.exists():  # Of fewer epochs than the config is about to say.
                    self._set_aside(len(progress.history))
                write_json(self._run.config, self._description)
                write_json(self._run.environment, describe_environment())
            else:
                self._keep_the_datas_place(existing)
        self._network.trained_in = self._run.path.resolve()
        return progress

    def _keep_the_datas_place(self, existing: dict[str, Any]) -> None:
        """The same data, met at another place, are looked for there from now on."""
        places = [
            {key: described["dataset"].get(key) for key in ("name", "location")}
            for described in (existing, self._description)
        ]
        if places[0] != places[1]:
            write_json(self._run.config, existing | {"dataset": self._description["dataset"]})

    def _set_aside(self, epochs: int) -> None:
        """Nobody shall take the network of so many epochs, or its pictures, for that of more."""
        aside = self._run.earlier_plots(epochs)
        if self._run.plots.exists() and not aside.exists():
            self._run.plots.rename(aside)
            self.notes.append(f"the pictures of the network after {epochs} epochs are in {aside}")
        self._run.weights.replace(self._run.earlier_weights)

    def close(self) -> None:
        """Lets another training have the folder."""
        if self._board:
            self._board.close()
        self._lock.release()

    def epoch_done(self, progress: Progress, norms: Mapping[str, Any] | None = None) -> None:
        """Writes a checkpoint and the metrics after an epoch.

        Args:
          progress: Where the training stands.
          norms: What ``norms.jsonl`` is to say of the epoch; None if nobody asked.

        Raises:
          InputError: They cannot be written; the checkpoints before are as they were.
        """
        if norms:
            with self._writing():  # Before the checkpoint: killed in between, it comes once more.
                write_norms(self._run.norms, norms)
        self.save(progress)
        with self._writing():
            write_metrics(self._run.metrics, progress.history)
            self._write_to_board(progress.history[-1], norms or {})

    def save(self, progress: Progress) -> None:
        """Writes a checkpoint and removes those that are too old.

        Raises:
          InputError: It cannot be written; the checkpoints before are as they were.
        """
        with self._writing():
            checkpoints.save(self._run.checkpoints, self._state, progress)
            best = best_epoch(progress.history)
            spared = {0, best.step} if best else {0}
            checkpoints.prune(self._run.checkpoints, self._keep_checkpoints, spared)

    def finish(self, progress: Progress) -> None:
        """Writes the trained network; the metrics too, if the run was killed before it did.

        Raises:
          InputError: They cannot be written.
        """
        with self._writing():
            write_metrics(self._run.metrics, progress.history)
            self._network.save(self._run.weights)
            self._run.earlier_weights.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Tells in one line that the system would not let us write."""
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            reason = self._reason(error) if isinstance(error, OSError) else _plain(error.message)
            raise wrong("run_dir", "a folder to write to", f"{self._run.path}: {reason}") from None

    def _reason(self, error: OSError) -> str:
        """What the system says, and of which file in the folder."""
        named = error.filename and str(error.filename) != str(self._run.path)
        return f"{error.filename}: {error.strerror}" if named else str(error.strerror)

    def _existing(self, resume: str) -> dict[str, Any] | None:
        """The config of a run to go on with, if there is one; changes nothing."""
        path = self._run.path
        if not self._run.config.is_file():
            if resume == "must":
                raise wrong("run_dir", "a run to resume", f"none in {path}")
            # What a training leaves that was killed before it wrote its first file does not count.
            locks = self._run.lock, self._run.locked
            if path.is_dir() and any(
                entry not in locks and not entry.name.startswith(UNFINISHED)
                for entry in path.iterdir()
            ):
                raise wrong("run_dir", "a new or empty folder or a run", path)
            return None
        if resume == "never":
            raise wrong("run_dir", "a new folder with resume=never", path)
        existing = read_json(self._run.config)
        if "imported" in existing:
            raise InputError(
                "run_dir: expected a new folder, or a run with a training to go on with, found "
                f"imported weights in {path}: in Python tfcnn.training.train goes on from its "
                "network, in a folder of its own"
            )
        return existing

    def _restore(self, existing: dict[str, Any]) -> Progress:
        """Where to go on, with the variables as they were there."""
        self._refuse_changes(existing)
        self._refuse_another_start(existing)
        traces = self._run.metrics, self._run.weights
        if checkpoints.has_any(self._run.checkpoints) or any(path.exists() for path in traces):
            progress, notes = checkpoints.restore_newest(self._run.checkpoints, self._state)
            self.notes += notes
            return progress
        return Progress()  # It was stopped before its first checkpoint.

    def _refuse_changes(self, existing: dict[str, Any]) -> None:
        """A run goes on with the choices it began with; only ``epochs`` may grow."""
        differences = changes(existing, self._description)
        if differences:
            shown = "; ".join(differences[:_MOST_DIFFERENCES])
            more = len(differences) - _MOST_DIFFERENCES
            raise InputError(
                f"run_dir: {self._run.path} was begun with {shown}"
                f"{f' and {more} more' if more > 0 else ''}: use the same or another folder"
            )

    def _refuse_another_start(self, existing: dict[str, Any]) -> None:
        """A run goes on with the network that it began with, or with one as it trained it."""
        if "start_weights" not in existing:
            del self._description["start_weights"]
            return  # From before this was written; what it began with stays unknown.
        given, described = self._network.tensors(), self._description["start_weights"]
        self._description["start_weights"] = existing["start_weights"]
        difference = start_weights.difference(existing["start_weights"], described)
        is_its_own = self._network.trained_in == self._run.path.resolve()
        if difference and not is_its_own and not self._has_reached(given):
            self._network.assign(given)
            raise InputError(
                f"run_dir: {self._run.path} was begun with {difference}: "
                f"make the network as it was made then, or use another folder"
            )

    def _has_reached(self, tensors: Mapping[str, Float32]) -> bool:
        """Whether these are those of the newest whole checkpoint; they are read into the state."""
        for checkpoint in reversed(checkpoints.find(self._run.checkpoints)):
            with contextlib.suppress(InputError):
                checkpoints.restore(checkpoint, self._state)
                return start_weights.same(self._network.tensors(), tensors)
        return False

    def _write_to_board(self, metrics: EpochMetrics, norms: Mapping[str, Any]) -> None:
        if self._board is None:
            self._board = tf.summary.create_file_writer(str(self._run.tensorboard))
        with self._board.as_default(step=metrics.epoch):
            for name, value in metrics.to_json().items():
                if name not in ("epoch", "step"):
                    tf.summary.scalar(name, value)
            for kind in ("gradients", "weights"):
                for path, norm in norms.get(kind, {}).items():
                    tf.summary.scalar(f"norms_of_{kind}/{path}", norm)
        self._board.flush()


def _plain(message: str) -> str:
    """What TensorFlow says, without the names of its own parts and of what is not finished."""
    return re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", wanted_names(message)).strip()

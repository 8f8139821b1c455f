"""Writes a run's files while it trains, and finds where to go on."""

from __future__ import annotations

import json
import os
from typing import Any

import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.json_files import read_json, write_json
from tfcnn.model.network import Network
from tfcnn.training import checkpoints
from tfcnn.training.environment import describe_environment
from tfcnn.training.metrics import EpochMetrics, write_metrics
from tfcnn.training.progress import Progress
from tfcnn.training.run_directory import RunDirectory

RESUME_CHOICES = ("auto", "never", "must")


class Recorder:
    """Keeps one run directory up to date."""

    def __init__(
        self,
        run_dir: str | os.PathLike[str],
        network: Network,
        state: tf.train.Checkpoint,
        description: dict[str, Any],
    ) -> None:
        """Nothing is read or written yet.

        Args:
          run_dir: The folder.
          network: The network in training.
          state: All variables that a resume needs.
          description: What ``config.json`` is to hold.
        """
        self._run = RunDirectory.at(run_dir)
        self._network = network
        self._state = state
        # Through JSON, so that it compares equal with what is read back.
        self._description = json.loads(json.dumps(description))
        self._board: tf.summary.SummaryWriter | None = None

    def start(self, resume: str) -> Progress:
        """Makes the folder, or goes on from the newest checkpoint of the run that is there.

        A run that is complete is not written to, so its environment stays the one it was made in.

        Raises:
          InputError: ``resume`` forbids what is found, the folder holds something else, or it
            cannot be written.
        """
        if resume not in RESUME_CHOICES:
            raise InputError(
                f"resume: expected one of {', '.join(RESUME_CHOICES)}, found {resume!r}"
            )
        try:
            progress = self._restore(resume)
            if len(progress.history) < self._description["training"]["epochs"]:
                write_json(self._run.config, self._description)
                write_json(self._run.environment, describe_environment())
        except OSError as error:
            raise InputError(
                f"run_dir: expected a folder to write to, found {self._run.path}: {error.strerror}"
            ) from None
        return progress

    def _restore(self, resume: str) -> Progress:
        """Where to go on, with the variables as they were there."""
        path = self._run.path
        if not self._run.config.is_file():
            if resume == "must":
                raise InputError(f"run_dir: expected a run to resume, found none in {path}")
            if path.is_dir() and any(path.iterdir()):
                raise InputError(f"run_dir: expected a new or empty folder or a run, found {path}")
            return Progress()
        if resume == "never":
            raise InputError(f"run_dir: expected a new folder with resume=never, found {path}")
        self._refuse_changes(read_json(self._run.config))
        saved = checkpoints.find(self._run.checkpoints)
        return checkpoints.restore(saved[-1], self._state) if saved else Progress()

    def epoch_done(self, progress: Progress) -> None:
        """Writes a checkpoint and the metrics after an epoch."""
        self.save(progress)
        write_metrics(self._run.metrics, progress.history)
        self._write_to_board(progress.history[-1])

    def save(self, progress: Progress) -> None:
        """Writes a checkpoint."""
        checkpoints.save(self._run.checkpoints, self._state, progress)

    def finish(self, progress: Progress) -> None:
        """Writes the trained network; the metrics too, if the run was killed before it did."""
        write_metrics(self._run.metrics, progress.history)
        self._network.save(self._run.weights)

    def _refuse_changes(self, existing: dict[str, Any]) -> None:
        """A run goes on with the choices it began with; only ``epochs`` may grow."""
        before, now = _flatten(existing), _flatten(self._description)
        epochs = before.get("training.epochs")
        if isinstance(epochs, int) and epochs < now["training.epochs"]:
            del before["training.epochs"], now["training.epochs"]
        for key in (*now, *before):
            if before.get(key) != now.get(key):
                raise InputError(
                    f"run_dir: {self._run.path} was begun with {key}={before.get(key)!r}, found "
                    f"{now.get(key)!r}: use the same value or another folder"
                )

    def _write_to_board(self, metrics: EpochMetrics) -> None:
        if self._board is None:
            self._board = tf.summary.create_file_writer(str(self._run.tensorboard))
        with self._board.as_default(step=metrics.epoch):
            for name, value in metrics.to_json().items():
                if name not in ("epoch", "step"):
                    tf.summary.scalar(name, value)
        self._board.flush()


def _flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as one level with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat

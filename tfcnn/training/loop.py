"""A training from the first step to the last file."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from typing import TextIO

import tqdm

from tfcnn.data import teaching
from tfcnn.data.dataset import Dataset
from tfcnn.distributed import workers
from tfcnn.errors import InputError
from tfcnn.model.network import Network
from tfcnn.runs.directory import describe_run
from tfcnn.runs.metrics import HEADER, EpochMetrics, table_row
from tfcnn.runs.progress import Progress
from tfcnn.runs.recorder import Recorder
from tfcnn.training.config import TrainConfig
from tfcnn.training.stop_signals import Stopped, StopRequest, hold_back
from tfcnn.training.trainer import Trainer


def train(
    network: Network,
    data: Dataset,
    config: TrainConfig,
    run_dir: str | os.PathLike[str] | None = None,
    resume: str = "auto",
    checkpoint_steps: int | None = None,
    keep_checkpoints: int = 20,
    progress: bool = True,
) -> list[EpochMetrics]:
    """Trains ``network`` on the training images of ``data``.

    In ``distributed.strategy_scope`` all workers call this together, and only the first one reads
    and writes the run.

    Before the first step the network's input mean and deviation are set to those of the training
    images. The test images are only measured, never used to choose.

    Example:
      >>> network = tfcnn.model.Network(tfcnn.model.find("mlp"), data.train.images.shape[1:])
      >>> config = tfcnn.training.TrainConfig(epochs=2)
      >>> history = tfcnn.training.train(network, data, config, "runs/first", progress=False)
      >>> [metrics.step for metrics in history]
      [7, 14]
      >>> history[-1].train_loss < history[0].train_loss
      True
      >>> tfcnn.runs.load_run("runs/first").classes
      10

    Args:
      network: Its variables are changed in place.
      data: Images of the network's input shape, with as many classes as it has logits.
      config: The choices.
      run_dir: Where the run is written; None keeps everything in memory.
      resume: What to do with a run that is there already: ``auto`` goes on with it, ``never``
        refuses, ``must`` refuses if there is none.
      checkpoint_steps: Writes a checkpoint whenever this many steps are done, besides those at
        the start and after every epoch.
      keep_checkpoints: How many of the last checkpoints stay, besides the untrained network's and
        the best epoch's by the images held out.
      progress: Whether to show a progress bar and a table of the epochs.

    Returns:
      The metrics of every epoch.

    Raises:
      InputError: Network, data, config and arguments do not fit, nothing can be learned from the
        data (``tfcnn.data.teaching``), or the run directory holds another run, is in use, or cannot
        be written.
      FloatingPointError: The loss is no longer a finite number; the last checkpoint is kept.
      Stopped: SIGINT, SIGTERM or SIGHUP came; with a run directory, a resume goes on from there.
    """
    for name, value in (
        ("checkpoint_steps", checkpoint_steps),
        ("keep_checkpoints", keep_checkpoints),
    ):
        if value is not None and value < 1:
            raise InputError(f"{name}: expected at least 1, found {value}")
    if run_dir is None and resume != "auto":
        raise InputError(f"resume: expected auto without a run_dir, found {resume!r}")
    teaching.check(data)
    trainer = Trainer(network, data, config)
    progress = progress and workers.is_chief()
    with contextlib.ExitStack() as stack:
        recorder, reached = None, Progress()
        if run_dir is not None and workers.is_chief():
            description = describe_run(network, data, dataclasses.asdict(config))
            recorder = Recorder(run_dir, network, trainer.state, description, keep_checkpoints)
            stack.enter_context(contextlib.closing(recorder))
            reached = recorder.start(resume)
            _tell(recorder, reached, config.epochs, progress)
            if reached.step == 0:
                recorder.save(reached)  # The untrained network, to compare with.
        elif progress:
            _say(HEADER)
        reached = trainer.start_as_the_chief(reached)
        stop = stack.enter_context(hold_back())
        loop = _Loop(trainer, reached, recorder, checkpoint_steps, stop, progress)
        while len(reached.history) < config.epochs:
            loop.run_epoch()
        if recorder:
            recorder.finish(reached)
        workers.barrier()  # Nobody leaves before the chief has written.
    return reached.history


def _tell(recorder: Recorder, reached: Progress, epochs: int, progress: bool) -> None:
    """Says how the run was found: what is wrong always, the rest if ``progress`` is wanted."""
    for note in recorder.notes:
        _say(note, sys.stderr)
    if progress and len(reached.history) >= epochs:
        _say(f"the run is finished: {epochs} epochs were done before")
    elif progress:
        if reached.step:
            _say(f"goes on after step {reached.step}, in epoch {reached.epoch}")
        _say(HEADER)


def _say(line: str, file: TextIO | None = None) -> bool:
    """Writes a line above the progress bar; tells whether anybody can read it."""
    stream = file or sys.stdout
    if not stream:  # Python found it closed when it began.
        return False
    try:
        tqdm.tqdm.write(line, file=stream)
    except OSError:  # Of a closed terminal SIGHUP tells, which may be late, or ignored.
        return False
    return True


@dataclasses.dataclass
class _Loop:
    """A training under way; the fields are those of ``train``."""

    trainer: Trainer
    reached: Progress
    recorder: Recorder | None
    checkpoint_steps: int | None
    stop: StopRequest
    progress: bool
    signal_number: int | None = None

    def run_epoch(self) -> None:
        """Goes on to the end of the epoch under way, measures and records it.

        Raises:
          Stopped: A signal came; what was reached is saved.
        """
        if self._reach_the_end():
            self.trainer.check_variables(self.reached)
            self.trainer.end_epoch(self.reached)
            if self.recorder:
                self.recorder.epoch_done(self.reached)
            if self.progress:
                # Nobody needs another bar; it would flush what could not be written, and may fail.
                self.progress = _say(table_row(self.reached.history[-1]))
            self._look_for_a_signal()
        else:
            self._save()
        if self.signal_number is not None:
            raise Stopped(self.signal_number)

    def _reach_the_end(self) -> bool:
        """Takes the epoch's steps; whether all were taken before a signal came."""
        total, every = self.trainer.images_per_epoch, self.checkpoint_steps
        with tqdm.tqdm(
            total=total,
            initial=self.reached.images,
            desc=f"epoch {self.reached.epoch}",
            unit=" images",
            leave=False,
            disable=not (self.progress and sys.stderr),
        ) as bar:
            while self.reached.images < total and self.signal_number is None:
                bar.update(self.trainer.advance(self.reached, pause_every=every))
                self._look_for_a_signal()
                goes_on = self.reached.images < total and self.signal_number is None
                if goes_on and every and self.reached.step % every == 0:
                    self._save()  # Where it does not go on, run_epoch saves.
        return self.reached.images == total

    def _look_for_a_signal(self) -> None:
        """All workers stop at the same step, whichever of them the signal came to."""
        largest = max(workers.all_gather(self.stop.signal_number or 0))
        self.signal_number = largest or None

    def _save(self) -> None:
        if self.recorder:
            self.trainer.check_variables(self.reached)
            self.recorder.save(self.reached)

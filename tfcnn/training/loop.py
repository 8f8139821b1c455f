"""A training from the first step to the last file."""

from __future__ import annotations

import os

import tqdm

from tfcnn.data.dataset import Dataset
from tfcnn.errors import InputError
from tfcnn.model.network import Network
from tfcnn.training.config import TrainConfig
from tfcnn.training.metrics import HEADER, EpochMetrics, table_row
from tfcnn.training.progress import Progress
from tfcnn.training.recorder import Recorder
from tfcnn.training.run_directory import describe_run
from tfcnn.training.stop_signals import Stopped, StopRequest, hold_back
from tfcnn.training.trainer import Trainer


def train(
    network: Network,
    data: Dataset,
    config: TrainConfig,
    run_dir: str | os.PathLike[str] | None = None,
    resume: str = "auto",
    checkpoint_steps: int | None = None,
    progress: bool = True,
) -> list[EpochMetrics]:
    """Trains ``network`` on the training images of ``data``.

    Before the first step the network's input mean and deviation are set to those of the training
    images. The test images are only measured, never used to choose.

    Args:
      network: Its variables are changed in place.
      data: Images of the network's input shape, with as many classes as it has logits.
      config: The choices.
      run_dir: Where the run is written; None keeps everything in memory.
      resume: What to do with a run that is there already: ``auto`` goes on with it, ``never``
        refuses, ``must`` refuses if there is none.
      checkpoint_steps: Writes a checkpoint whenever this many steps are done, besides those at
        the start and after every epoch.
      progress: Whether to show a progress bar and a table of the epochs.

    Returns:
      The metrics of every epoch.

    Raises:
      InputError: Network, data and config do not fit, ``checkpoint_steps`` is below 1, or the run
        directory holds another run.
      FloatingPointError: The loss is no longer a finite number; the last checkpoint is kept.
      Stopped: SIGINT or SIGTERM came; with a run directory, a resume goes on where it stopped.
    """
    if checkpoint_steps is not None and checkpoint_steps < 1:
        raise InputError(f"checkpoint_steps: expected at least 1, found {checkpoint_steps}")
    trainer = Trainer(network, data, config)
    recorder, reached = None, Progress()
    if run_dir is not None:
        recorder = Recorder(run_dir, network, trainer.state, describe_run(network, data, config))
        reached = recorder.start(resume)
        if reached.step == 0:
            recorder.save(reached)  # The untrained network, to compare with.
    if progress and len(reached.history) < config.epochs:
        tqdm.tqdm.write(HEADER)
    with hold_back() as stop:
        while len(reached.history) < config.epochs:
            complete = _run_epoch(trainer, reached, recorder, checkpoint_steps, stop, progress)
            if recorder and complete:
                recorder.epoch_done(reached)
            elif recorder:
                recorder.save(reached)
            if complete and progress:
                tqdm.tqdm.write(table_row(reached.history[-1]))
            if stop.signal_number is not None:
                raise Stopped(stop.signal_number)
    if recorder:
        recorder.finish(reached)
    return reached.history


def _run_epoch(
    trainer: Trainer,
    reached: Progress,
    recorder: Recorder | None,
    checkpoint_steps: int | None,
    stop: StopRequest,
    progress: bool,
) -> bool:
    """Goes on to the end of the epoch under way, or until a signal comes.

    Returns:
      Whether the epoch is complete and measured.
    """
    with tqdm.tqdm(
        total=trainer.images_per_epoch,
        initial=reached.images,
        desc=f"epoch {reached.epoch}",
        unit=" images",
        leave=False,
        disable=not progress,
    ) as bar:
        while reached.images < trainer.images_per_epoch and stop.signal_number is None:
            bar.update(trainer.advance(reached, pause_every=checkpoint_steps))
            if recorder and checkpoint_steps and reached.step % checkpoint_steps == 0:
                recorder.save(reached)
        complete = reached.images == trainer.images_per_epoch
        if complete:
            trainer.end_epoch(reached)
    return complete

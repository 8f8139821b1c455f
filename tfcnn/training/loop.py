"""A training from the first step to the last file."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import tqdm

from tfcnn.data import teaching
from tfcnn.data.dataset import Dataset
from tfcnn.distributed import workers
from tfcnn.errors import InputError
from tfcnn.model.network import Network
from tfcnn.runs.directory import describe_run
from tfcnn.runs.metrics import HEADER, History, table_row
from tfcnn.runs.progress import Progress
from tfcnn.runs.recorder import Recorder
from tfcnn.shown_names import shown
from tfcnn.training.bends import describe_bends
from tfcnn.training.callbacks import Callback, norms_of_epoch
from tfcnn.training.config import TrainConfig
from tfcnn.training.fit import checked_data
from tfcnn.training.initial import Source, take_weights
from tfcnn.training.losses import Loss, cross_entropy, name_of
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
    *,
    loss: Loss = cross_entropy,
    frozen: Sequence[str] = (),
    initial: Source | None = None,
    initial_paths: Sequence[str] = ("*",),
    callbacks: Sequence[Callback] = (),
    log_norms: bool = False,
) -> History:
    """Trains ``network`` on the training images of ``data``.

    In ``distributed.strategy_scope`` all workers call this together, and only the first one reads
    and writes the run.

    Before the first step the input mean and deviation of a new network are set to those of the
    training images. One that was loaded, imported or trained before keeps its own, which its
    weights go with; ``network.normalize_to`` sets others. The test images are only measured, never
    used to choose.

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
      loss: What is made small besides the L2 penalty: of logits float32 [batch, classes] and labels
        int32 [batch] it gives float32 [batch]. The history's losses are means of it.
      frozen: Paths of weights, or patterns such as ``conv1/*``, that keep their bytes: no gradient,
        no L2 penalty. A batch normalisation with scale and offset frozen computes as in inference,
        and its moving statistics keep theirs.
      initial: Whose weights the training begins with: a run's folder, a weights file or a network,
        as ``take_weights`` takes them.
      initial_paths: Which paths of it, or patterns of them.
      callbacks: Each is called with a ``Report`` after every call of steps, and after every epoch
        when it is saved. If one returns True the training ends there as if it were done; the same
        call goes on from there.
      log_norms: Whether to write the norms of gradients and weights after each epoch, to
        ``norms.jsonl`` and TensorBoard.

    ``loss``, ``frozen``, ``initial``, ``callbacks`` and ``log_norms`` are named in ``config.json``,
    functions by their name; a run goes on with the same ones only.

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
    if callable(callbacks):
        raise InputError(f"callbacks: expected a list of functions, found {name_of(callbacks)}")
    if initial is None and tuple(initial_paths) != ("*",):
        raise InputError("initial_paths: expected initial weights beside it, found none")
    data = checked_data(data)
    teaching.check(data)
    progress = progress and workers.is_chief()
    taken = None if initial is None else take_weights(network, initial, initial_paths)
    if taken and progress:
        _say(str(taken))
    trainer = Trainer(network, data, config, loss, frozen, norms=bool(callbacks) or log_norms)
    with contextlib.ExitStack() as stack:
        recorder, reached = None, Progress()
        if run_dir is not None and workers.is_chief():
            description = describe_run(network, data, dataclasses.asdict(config))
            description |= describe_bends(network, loss, frozen, taken, callbacks, log_norms)
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
        loop = _Loop(
            *(trainer, reached, recorder, checkpoint_steps, stop, progress),
            *(callbacks, log_norms),
        )
        while len(reached.history) < config.epochs and not loop.ended:
            loop.run_epoch()
        if recorder:
            recorder.finish(reached)
        workers.barrier()  # Nobody leaves before the chief has written.
    return History(reached.history)


def _tell(recorder: Recorder, reached: Progress, epochs: int, progress: bool) -> None:
    """Says how the run was found: what is wrong always, the rest if ``progress`` is wanted."""
    for note in recorder.notes:
        _say(shown(note), sys.stderr)
    if progress and reached.step and len(reached.history) >= epochs:
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
    callbacks: Sequence[Callback]
    log_norms: bool
    signal_number: int | None = None
    ended: bool = False  # By a callback.

    def run_epoch(self) -> None:
        """Goes on to the end of the epoch under way, measures and records it.

        A callback may end it before; then what was reached is saved.

        Raises:
          Stopped: A signal came; what was reached is saved.
        """
        if self._reach_the_end():
            self.trainer.end_epoch(self.reached)
            if self.recorder:
                norms = norms_of_epoch(self.trainer.report) if self.log_norms else None
                self.recorder.epoch_done(self.reached, norms)
            if self.progress:
                # Nobody needs another bar; it would flush what could not be written, and may fail.
                self.progress = _say(table_row(self.reached.history[-1]))
            self._ask_callbacks()
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
            while self.reached.images < total and not self._is_to_stop:
                bar.update(self.trainer.advance(self.reached, pause_every=every))
                self._ask_callbacks()
                self._look_for_a_signal()
                goes_on = self.reached.images < total and not self._is_to_stop
                if goes_on and every and self.reached.step % every == 0:
                    self._save()  # Where it does not go on, run_epoch saves.
        return self.reached.images == total

    @property
    def _is_to_stop(self) -> bool:
        return self.ended or self.signal_number is not None

    def _ask_callbacks(self) -> None:
        """All workers end at the same step, whichever of them wants it."""
        if self.callbacks:
            answers = [callback(self.trainer.report) for callback in self.callbacks]
            wanted = any(answer is True for answer in answers)
            self.ended = self.ended or max(workers.all_gather(int(wanted))) > 0

    def _look_for_a_signal(self) -> None:
        """All workers stop at the same step, whichever of them the signal came to."""
        largest = max(workers.all_gather(self.stop.signal_number or 0))
        self.signal_number = largest or None

    def _save(self) -> None:
        if self.recorder:
            self.trainer.check_variables(self.reached)
            self.recorder.save(self.reached)

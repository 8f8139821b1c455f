"""The compiled training of one network, advanced a few steps at a time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import tensorflow as tf

from tfcnn.data.dataset import Dataset
from tfcnn.distributed import workers
from tfcnn.distributed.replicas import copied_to_devices, local_replicas
from tfcnn.distributed.threads import parts_of_a_batch
from tfcnn.model.finite import check_network_values, told_if_not_finite
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.model.reading import IMAGES_A_CALL
from tfcnn.runs.metrics import EpochMetrics
from tfcnn.runs.progress import Progress, progress_from_json
from tfcnn.training import batches
from tfcnn.training.callbacks import Report
from tfcnn.training.config import TrainConfig
from tfcnn.training.evaluate import compile_evaluate
from tfcnn.training.fit import check_fit, checked_data
from tfcnn.training.gradients import step_choices
from tfcnn.training.losses import Loss, cross_entropy
from tfcnn.training.norms import NormSums
from tfcnn.training.step import compile_train_steps, make_state

# About half a second of work on a laptop: the bar moves, Ctrl-C is heard, and Python costs nothing.
STEPS_A_CALL = 64
MULTIPLY_ADDS_A_CALL = 12e9


class Trainer:
    """Holds what is compiled and what does not change during a training.

    Attributes:
      state: All variables that a resume needs.
      images_per_epoch: Training images, without those held out.
      steps_per_epoch: Batches an epoch; the last may be smaller.
      steps_a_call: How many of them one call takes at most.
      report: What the last call of ``advance`` or ``end_epoch`` tells; its norms only if asked for.
    """

    report: Report

    def __init__(
        self,
        network: Network,
        data: Dataset,
        config: TrainConfig,
        loss: Loss = cross_entropy,
        frozen: Sequence[str] = (),
        norms: bool = False,
    ) -> None:
        """Sets a new network's input mean and deviation to those of the training images.

        Args:
          network: What is trained.
          data: What it is trained on.
          config: The choices.
          loss: What is made small, besides the penalty.
          frozen: Paths or patterns of the weights that stay as they are.
          norms: Whether the norms of the gradients are told.

        Raises:
          InputError: They do not fit together, or a value of the network is not finite.
        """
        data = checked_data(data)
        check_fit(network, data, config)
        choices = step_choices(network, config, loss, frozen, norms)
        check_network_values(network.tensors(), "network")
        self._network, self._data, self._config = network, data, config
        self._training, self._validation = batches.split_validation(
            len(data.train.labels), config.validation_size, config.seed
        )
        self.images_per_epoch = len(self._training)
        self.steps_per_epoch = -(-self.images_per_epoch // config.batch_size)
        self.steps_a_call = _steps_a_call(network, config.batch_size)
        self._schedule = config.schedule_function(self.steps_per_epoch)
        if not network.has_normalization:
            network.normalize_to(data.train.images[self._training])
        state = make_state(network, choices)
        self._norms = NormSums(choices.moving(network)) if norms else None
        parts_of_state = {**state._asdict(), "norms": self._norms}
        modules = {name: part for name, part in parts_of_state.items() if part is not None}
        self.state = tf.train.Checkpoint(**modules)
        self._variables = [v for module in modules.values() for v in module.variables]
        images = IMAGES_A_CALL // tf.distribute.get_strategy().num_replicas_in_sync
        parts = parts_of_a_batch(network.architecture, images, local_replicas())
        self._train_steps = compile_train_steps(
            state,
            copied_to_devices(data.train.images),
            copied_to_devices(data.train.labels),
            choices,
        )
        self._evaluate = compile_evaluate(network, parts, loss)

    def start_as_the_chief(self, progress: Progress) -> Progress:
        """Gives all workers the chief's variables, and returns where the chief stands.

        So only the chief has to find the run's files.
        """
        workers.broadcast_variables(self._variables)
        text = workers.broadcast_bytes(json.dumps(progress.to_json()).encode())
        return progress_from_json(json.loads(text), "progress")

    def advance(self, progress: Progress, pause_every: int | None = None) -> int:
        """Takes the steps of one call, about half a second of work, not beyond the epoch's end.

        Args:
          progress: Where the training stands; changed in place.
          pause_every: Does not pass a step that is a multiple of this either.

        Returns:
          How many images they used.

        Raises:
          FloatingPointError: The loss is no longer a finite number.
        """
        begin = time.perf_counter()
        first = progress.step % self.steps_per_epoch
        order = batches.epoch_order(self._training, self._config.seed, progress.epoch)
        size, steps = self._config.batch_size, self.steps_a_call
        if pause_every:
            steps = min(steps, pause_every - progress.step % pause_every)
        left = order[first * size : (first + steps) * size]
        full = len(left) // size
        # A last, smaller batch cannot stand in one array with the full ones.
        chunk = left[: full * size].reshape(full, size) if full else left[np.newaxis]
        rates = [self._schedule(progress.step + i) for i in range(len(chunk))]
        # Of many trainings in one process TensorFlow would warn as of one that is traced anew.
        totals = self._train_steps.get_concrete_function()(
            tf.constant(chunk),
            tf.constant(rates, tf.float32),
            tf.constant(progress.step, tf.int64),
        )
        loss, penalty = float(totals.loss), float(totals.l2_penalty)
        progress.seconds += time.perf_counter() - begin
        progress.step += int(totals.steps)
        self._check_finite("the loss", loss + penalty, progress)
        progress.images += chunk.size
        progress.loss += loss
        progress.correct += int(totals.correct)
        progress.l2_penalty = penalty
        norms = self._norms.add(totals.gradient_norms) if self._norms else {}
        self.report = Report(
            network=self._network,
            epoch=progress.epoch,
            step=progress.step,
            learning_rate=rates[-1],
            loss=loss / chunk.size,
            l2_penalty=penalty,
            gradient_norms={path: norm / len(chunk) for path, norm in norms.items()},
        )
        return chunk.size

    def end_epoch(self, progress: Progress) -> None:
        """Measures the network after an epoch and adds the metrics to the history.

        Raises:
          FloatingPointError: The last steps moved the weights out of the finite numbers.
        """
        self.check_variables(progress)  # A network may have finite logits in spite of them.
        test = self._evaluate(self._data.test.images, self._data.test.labels)
        self._check_finite("the test loss", test.loss, progress)
        held_out = None
        if len(self._validation):
            images, labels = self._data.train.images, self._data.train.labels
            held_out = self._evaluate(images[self._validation], labels[self._validation])
            self._check_finite("the validation loss", held_out.loss, progress)
        metrics = EpochMetrics(
            epoch=progress.epoch,
            step=progress.step,
            learning_rate=self._schedule(progress.step - 1),
            train_loss=progress.loss / progress.images,
            l2_penalty=progress.l2_penalty,
            train_accuracy=progress.correct / progress.images,
            test_loss=test.loss,
            test_accuracy=test.accuracy,
            seconds=progress.seconds,
            images_per_second=progress.images / progress.seconds,
            validation_loss=held_out.loss if held_out else None,
            validation_accuracy=held_out.accuracy if held_out else None,
        )
        self.report = Report(
            network=self._network,
            epoch=metrics.epoch,
            step=metrics.step,
            learning_rate=metrics.learning_rate,
            loss=metrics.train_loss,
            l2_penalty=metrics.l2_penalty,
            gradient_norms=self._norms.take_means(self.steps_per_epoch) if self._norms else {},
            metrics=metrics,
        )
        progress.end_epoch(metrics)

    def check_variables(self, progress: Progress) -> None:
        """Makes sure that what is about to be saved can be gone on with.

        Raises:
          FloatingPointError: The last steps moved a variable out of the finite numbers.
        """
        slots = self.state.optimizer.slots
        for path, variable in {**self._network.weights, **self._network.state, **slots}.items():
            if found := told_if_not_finite(variable.numpy()):
                self._diverged(f"{path} has {found}", progress)

    def _check_finite(self, what: str, value: float, progress: Progress) -> None:
        if not math.isfinite(value):
            self._diverged(f"{what} is {value}", progress)

    def _diverged(self, what: str, progress: Progress) -> NoReturn:
        rate = self._schedule(progress.step - 1)
        raise FloatingPointError(
            f"{what} at step {progress.step}, where the learning rate was {rate:.3g}: expected "
            "finite numbers; try a smaller learning_rate"
        )


def _steps_a_call(network: Network, batch_size: int) -> int:
    """From 1 to ``STEPS_A_CALL``: so many as cost ``MULTIPLY_ADDS_A_CALL`` on the way forward."""
    rows = geometry(network.architecture, network.input_shape)
    cost_of_a_step = batch_size * sum(row.multiply_adds for row in rows)
    return int(min(max(MULTIPLY_ADDS_A_CALL / max(cost_of_a_step, 1), 1), STEPS_A_CALL))

r"""Trains a network and writes the run: weights, metrics, choices, learning curves.

A run that was stopped goes on where it stopped when the same command is given again. The exit code
is 1 if the loss became infinite or not a number, or another worker was lost.

Example:
  python -m experiments.train --dataset=mnist --arch=simple --epochs=5 --run_dir=runs/first
  python -m experiments.train --dataset=fashion_mnist --initial_weights=runs/first \
      --frozen='conv*' --epochs=1 --run_dir=runs/transferred
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

import tfcnn
from experiments.command_line import config_flags, flag_types, program
from tfcnn.data import catalog
from tfcnn.errors import InputError, one_line
from tfcnn.json_files import read_json_lines
from tfcnn.shown_names import shown
from tfcnn.training.stop_signals import HANGUP

DATASET = flags.DEFINE_string(
    "dataset", "mnist", f"{catalog.choices(explained=True)}, or a name of tensorflow-datasets."
)
ARCHITECTURE = flag_types.define_architecture()
RUN_DIR = flag_types.define_path("run_dir", None, "The folder to write the run to.", required=True)
RESUME = flags.DEFINE_enum(
    "resume",
    "auto",
    ["auto", "never", "must"],
    "What to do with a run in that folder: go on with it, refuse, or refuse if there is none.",
)
CHECKPOINT_STEPS = flag_types.define_integer(
    "checkpoint_steps",
    None,
    "Write a checkpoint every so many steps, besides those at the start and after every epoch.",
    at_least=1,
)
KEEP_CHECKPOINTS = flag_types.define_integer(
    "keep_checkpoints",
    20,
    "How many of the last checkpoints stay, besides the untrained network's and the best one's.",
    at_least=1,
)
THREADS = flag_types.define_integer(
    "threads",
    None,
    "Cores to train on. Default: all that this process may use.",
    at_least=1,
    at_most=1024,
)
DETERMINISTIC = flags.DEFINE_boolean(
    "deterministic",
    True,
    "Whether the same command gives the same bytes again. On a processor no cost was "
    "seen; on a GPU it takes some speed.",
)
STRATEGY = flags.DEFINE_enum(
    "strategy",
    "none",
    ["none", "mirrored", "multi_worker"],
    "How several devices train together: mirrored takes all GPUs of this machine, multi_worker the "
    "machines that the environment variable TF_CONFIG names (docs/distributed.md).",
)
FROZEN = flags.DEFINE_list(
    "frozen",
    [],
    "Weights that keep their bytes: paths such as dense1/bias, or patterns such as 'conv1/*', "
    "between commas. A batch normalisation with scale and offset frozen computes as in inference.",
)
INITIAL_WEIGHTS = flag_types.define_path(
    "initial_weights", None, "A run's folder or a weights file whose weights it begins with."
)
INITIAL_PATHS = flags.DEFINE_list(
    "initial_paths",
    ["*"],
    "Which weights and moving statistics of it to take: paths or patterns between commas.",
)
LOG_NORMS = flags.DEFINE_boolean(
    "log_norms",
    False,
    "Whether to write the norms of gradients and weights after each epoch, tensor by tensor, to "
    "norms.jsonl, TensorBoard and a picture.",
)
config_flags.define()


def main() -> int | Sequence[pathlib.Path]:
    """Reads the flags, trains and draws the curves."""
    config = config_flags.read()
    tfcnn.runs.refuse_own_files("run_dir", RUN_DIR.value)
    architecture = tfcnn.model.find(ARCHITECTURE.value)
    takes_maximum = any(layer.takes_maximum for layer in architecture.layers)
    if config.jit and DETERMINISTIC.value and takes_maximum:
        raise InputError(
            "jit: expected --nodeterministic with max pools, whose gradients XLA sums in any "
            "order, found --deterministic"
        )
    tfcnn.distributed.use_threads(
        THREADS.value or tfcnn.distributed.available_cores(), architecture, DETERMINISTIC.value
    )
    try:
        with tfcnn.distributed.strategy_scope(STRATEGY.value):
            chief = tfcnn.distributed.is_chief()
            history = _train(config)
    except tfcnn.training.Stopped as stopped:
        if chief and stopped.signal_number != HANGUP:  # Which left no terminal to print to.
            print(f"{stopped}: saved; the same command goes on from here in {shown(RUN_DIR.value)}")
        return 128 + stopped.signal_number
    except (FloatingPointError, tfcnn.distributed.PeerLostError) as error:
        print(f"train: {one_line(error)}", file=sys.stderr)
        return 1
    return _tell_results(history) if chief else 0


def _train(config: tfcnn.training.TrainConfig) -> list[tfcnn.runs.EpochMetrics]:
    data = tfcnn.data.load(DATASET.value)
    architecture = tfcnn.model.find(ARCHITECTURE.value, data.num_classes)
    choices = {"arch": architecture, **dataclasses.asdict(config)}
    bends: dict[str, Any] = {
        "frozen": FROZEN.value,
        "initial": INITIAL_WEIGHTS.value,
        "initial_paths": INITIAL_PATHS.value,
        "log_norms": LOG_NORMS.value,
    }
    choices |= {**bends, "checkpoint_steps": CHECKPOINT_STEPS.value}
    choices["dataset"] = dict(data.checksums)
    lines = [f"{name}={value}" for name, value in choices.items()]
    tfcnn.distributed.refuse_differences("\n".join(lines))
    network = tfcnn.model.Network(architecture, data.train.images.shape[1:], seed=config.seed)
    return tfcnn.training.train(
        network,
        data,
        config,
        RUN_DIR.value,
        RESUME.value,
        CHECKPOINT_STEPS.value,
        KEEP_CHECKPOINTS.value,
        **bends,
    )


def _tell_results(history: list[tfcnn.runs.EpochMetrics]) -> Sequence[pathlib.Path]:
    run = tfcnn.open_run(RUN_DIR.value)
    if not history:
        print("no epoch: the run holds the start weights")
        return (run.files.weights,)
    curves = run.plots / "learning_curves.png"
    tfcnn.report.draw_learning_curves([dataclasses.asdict(row) for row in history], curves)
    print(f"test accuracy after epoch {history[-1].epoch}: {history[-1].test_accuracy:.2%}")
    best = tfcnn.runs.best_epoch(history)
    if best:
        print(
            f"best on the images held out: {best.validation_accuracy:.2%} after epoch "
            f"{best.epoch}; tfcnn.open_run({str(run.path)!r}).best() gives that network"
        )
    written = [run.files.weights, run.files.metrics, curves]
    if LOG_NORMS.value:
        written.append(run.plots / "norms.png")
        tfcnn.report.draw_norms(read_json_lines(run.files.norms), written[-1])
    return written


if __name__ == "__main__":
    program.run(main)

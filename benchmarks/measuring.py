"""What all measurements share: processes in turn, medians, ratios, and where results go."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from absl import flags

import tfcnn
from tfcnn.json_files import write_json
from tfcnn.pixels import as_floats

Result = TypeVar("Result")

ROUNDS = flags.DEFINE_integer("rounds", 3, "How often each takes its turn.", lower_bound=1)

FOLDER = pathlib.Path("runs/bench")
# Environments of a program that is measured.
AS_INSTALLED: Mapping[str, str] = {}
ONEDNN_ON: Mapping[str, str] = {"TF_ENABLE_ONEDNN_OPTS": "1"}
ONEDNN_OFF: Mapping[str, str] = {"TF_ENABLE_ONEDNN_OPTS": "0"}


@dataclasses.dataclass(frozen=True)
class Spread:
    """The middle of several measurements of one thing, and how far apart they lie."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of ``values``, at least one."""
        return cls(statistics.median(values), min(values), max(values))

    def cells(self, form: str = ".2f", scale: float = 1.0) -> tuple[str, str]:
        """The middle and the range in words, each value times ``scale``, for a table."""
        median, low, high = (
            format(value * scale, form) for value in (self.median, self.low, self.high)
        )
        return median, f"{low} to {high}"


def run(command: Sequence[str], variables: Mapping[str, str] = AS_INSTALLED) -> str:
    """Runs a program of its own and returns what it printed.

    Args:
      command: The program and its arguments.
      variables: Of its environment, beside our own. TF_ENABLE_ONEDNN_OPTS is unset if it is not
        among them, as on a machine where nobody has thought of it; ``tfcnn`` then sets its own.

    Raises:
      RuntimeError: It fails.
    """
    ours = {name: value for name, value in os.environ.items() if name not in ONEDNN_ON}
    environment = ours | dict(variables)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def run_json(command: Sequence[str], variables: Mapping[str, str] = AS_INSTALLED) -> dict[str, Any]:
    """As ``run``, and reads the JSON object in the last line."""
    return json.loads(run(command, variables).splitlines()[-1])


def peers_python(environment: str) -> str:
    """The Python of the folder that ``make`` sets up for peers, asked for before all measuring.

    Raises:
      SystemExit: It is not there.
    """
    python = pathlib.Path(environment) / "bin" / "python"
    if not python.exists():
        raise SystemExit(
            f"expected a Python with the peers installed, found no {python}; "
            f"to set it up: make {environment}/.installed"
        )
    return str(python)


def write_digits(path: pathlib.Path, count: int | None = None) -> None:
    """MNIST for the peers: float32 images [N, 28, 28, 1] in [0, 1] and their labels.

    Args:
      path: The file to write, ``*.npz``.
      count: How many of the training images, from the first; None takes all.
    """
    data = tfcnn.data.load("mnist")
    np.savez(
        path,
        images=as_floats(data.train.images[:count]),
        labels=data.train.labels[:count],
        test_images=as_floats(data.test.images),
        test_labels=data.test.labels,
    )


def train_once(variables: Mapping[str, str] = AS_INSTALLED, **choices: object) -> dict[str, Any]:
    """Trains by ``benchmarks.one_training``, in a process of its own, and returns its figures.

    Args:
      variables: As for ``run``.
      **choices: Its flags.
    """
    settings = [f"--{name}={value}" for name, value in choices.items()]
    return run_json([sys.executable, "-m", "benchmarks.one_training", *settings], variables)


def take_turns(
    contestants: Mapping[str, Callable[[], Result]],
    say: Callable[[Result], str] = "{:.2f} s".format,
    turns_a_round: int = 1,
) -> dict[str, list[Result]]:
    """Calls all contestants in turn: a slow spell of the machine meets all.

    Args:
      contestants: Name -> measurement.
      say: A result in words, to print the last one of each round.
      turns_a_round: How many each takes in each of the ``--rounds``.

    Returns:
      Name -> all results, in order.
    """
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    for number in range(ROUNDS.value):
        for turn in range(1, turns_a_round + 1):
            for name, measure in contestants.items():
                results[name].append(measure())
                if turn == turns_a_round:
                    print(f"round {number + 1}  {name}: {say(results[name][-1])}", flush=True)
    return results


def textbook_flop(architecture: tfcnn.model.Architecture, input_shape: tuple[int, ...]) -> int:
    """Floating-point operations that training takes for one image, by the textbook.

    A multiplication with addition counts as two. Every layer with weights works three times, for
    its output and for the gradients of its kernel and its input; the first one's input needs none.
    """
    costs = [row.multiply_adds for row in tfcnn.model.geometry(architecture, input_shape)]
    first = next((cost for cost in costs if cost), 0)
    return 2 * (3 * sum(costs) - first)


def write_results(name: str, results: object) -> None:
    """Writes ``results`` with the machine's description to ``runs/bench/NAME.json``; says so."""
    from tfcnn.runs.environment import describe_environment

    path = FOLDER / f"{name}.json"
    write_json(path, {"environment": describe_environment(), "results": results})
    print(f"written: {path}")

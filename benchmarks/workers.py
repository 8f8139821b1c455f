"""Weak scaling: two workers of one thread each against one process of one thread.

    python -m benchmarks.workers --rounds=3

Every worker has 64 images a step, so a step should take as long with two workers as with one. The
second epoch of MNIST counts. Figures go to `runs/bench`.
"""

import json
import pathlib
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from absl import app

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.distributed.cluster import local_environments
from tfcnn.report.tables import Table

IMAGES_A_WORKER = 64
CHOICES = "--epochs=2", "--learning_rate=0.02"


def seconds_of_a_step(*command: str) -> float:
    """Runs a training program and reads the second epoch's time from its run."""
    with tempfile.TemporaryDirectory() as folder:
        run_dir = pathlib.Path(folder) / "run"
        measuring.run([sys.executable, "-m", *command, f"--run_dir={run_dir}"])
        lines = (run_dir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        first, second = (json.loads(line) for line in lines)
    return second["seconds"] / (second["step"] - first["step"])


def seconds_of_a_sum() -> float:
    """One all-reduce of the default network's gradients by two workers that do nothing else."""
    command = [sys.executable, "-m", "benchmarks.one_all_reduce"]
    with ThreadPoolExecutor() as pool:
        measure = partial(measuring.run_json, command)
        told = list(pool.map(measure, local_environments(2)))
    return told[0]["seconds"]


def contestants() -> dict[str, Callable[[], float]]:
    """What is measured: seconds of a step, of an all-reduce alone in the last."""
    one, two = f"--batch_size={IMAGES_A_WORKER}", f"--batch_size={2 * IMAGES_A_WORKER}"
    train = "experiments.train", *CHOICES
    launch = "experiments.launch", "--workers=2", "--", "--threads=1", *CHOICES
    return {
        "one process, one thread": partial(seconds_of_a_step, *train, "--threads=1", one),
        "two workers, one thread each": partial(seconds_of_a_step, *launch, two),
        "one process, two threads": partial(seconds_of_a_step, *train, "--threads=2", two),
        "all-reduce alone": seconds_of_a_sum,
    }


def main(_: list[str]) -> None:
    results = measuring.take_turns(contestants(), lambda seconds: f"{seconds * 1e3:.2f} ms")
    rows = tuple((name, *Spread.of(seconds).cells(scale=1e3)) for name, seconds in results.items())
    print(f"\n{Table(('', 'ms', 'from, to'), rows).to_text()}")
    rows_of_weights = tfcnn.model.geometry(tfcnn.model.find("simple"), (28, 28, 1))
    weights = sum(row.parameters for row in rows_of_weights)
    print(f"\n{weights} weights, so {4 * weights} bytes are summed a step")
    measuring.write_results("workers", results)


if __name__ == "__main__":
    app.run(main)

"""What each saving of the training is worth: the default network, with one of them switched off.

    python -m benchmarks.savings --rounds=3

What holds for a whole process is measured in processes of their own, two epochs of MNIST, of which
the second one's time counts. The rest is measured much more finely: several compiled loops in one
process take 64 steps each in turn, ten times a round, and the ratios of neighbours count. Figures
go to `runs/bench`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from unittest import mock

from absl import app

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.model import network
from tfcnn.model.layers import MaxPool
from tfcnn.report.tables import Table
from tfcnn.runs.progress import Progress
from tfcnn.training import trainer

ARCHITECTURE = tfcnn.model.ZOO["simple"]
ALL = "everything on"
TURNS_A_ROUND = 10
STEPS_A_TURN = 64
BATCH_SIZES = (64, 128)

Without = Callable[[], contextlib.AbstractContextManager[object]]

# Each undoes its saving for the network and the loop that are made inside it.
SAVINGS: Mapping[str, Without] = {
    "all pixels read": lambda: mock.patch.object(
        network, "pixels_read", lambda architecture, input_shape: input_shape[:2]
    ),
    "bias and activation before the pool": lambda: mock.patch.object(
        MaxPool, "takes_maximum", False
    ),
    "one step a call": lambda: mock.patch.object(trainer, "STEPS_A_CALL", 1),
}


class Loop:
    """A compiled training that goes on when it is its turn."""

    def __init__(
        self,
        data: tfcnn.data.Dataset,
        config: tfcnn.training.TrainConfig,
        without: Without = contextlib.nullcontext,
    ) -> None:
        """``data`` has so many images that an epoch is made of whole turns."""
        self._progress = Progress()
        with without():
            untrained = tfcnn.model.Network(ARCHITECTURE, data.train.images.shape[1:])
            self._trainer = trainer.Trainer(untrained, data, config)
            self.microseconds_an_image()  # Compiles.

    def microseconds_an_image(self) -> float:
        """Takes a turn, and returns its mean."""
        progress = self._progress
        images, seconds, end = progress.images, progress.seconds, progress.step + STEPS_A_TURN
        while progress.step < end:
            self._trainer.advance(progress, pause_every=STEPS_A_TURN)
        return (progress.seconds - seconds) / (progress.images - images) * 1e6


def loops(batch_size: int) -> dict[str, Loop]:
    """Name of what is different -> a training without it."""
    mnist = tfcnn.data.load("mnist")
    images = STEPS_A_TURN * batch_size
    images *= len(mnist.train.labels) // images
    part = tfcnn.data.Split(mnist.train.images[:images], mnist.train.labels[:images])
    data = dataclasses.replace(mnist, train=part)
    config = tfcnn.training.TrainConfig(batch_size=batch_size)
    unclipped = dataclasses.replace(config, clip_norm=0)
    return {
        ALL: Loop(data, config),
        **{name: Loop(data, config, without) for name, without in SAVINGS.items()},
        "gradients not clipped": Loop(data, unclipped),
        "the same as everything on": Loop(data, config),
    }


def processes() -> Mapping[str, Callable[[], float]]:
    """Name of what is different -> its measurement, in seconds an epoch."""
    cores = tfcnn.distributed.available_cores()

    def seconds(variables: Mapping[str, str] = measuring.AS_INSTALLED, **choices: object) -> float:
        settings: dict[str, object] = {"epochs": 2, "threads": cores} | choices
        return measuring.train_once(variables, **settings)["seconds"]

    return {
        ALL: seconds,
        "all cores on each operation, as TensorFlow does": lambda: seconds(threads=0),
        "oneDNN off": lambda: seconds(measuring.ONEDNN_OFF),
        "not deterministic": lambda: seconds(deterministic=False),
    }


def table(measured: Mapping[str, Sequence[float]]) -> Table:
    """Medians, ranges, and how much longer each takes than with everything on."""
    whole = Spread.of(measured[ALL]).median
    spreads = {name: Spread.of(seconds) for name, seconds in measured.items()}
    rows = tuple(
        (name, *spread.cells(), f"{spread.median / whole - 1:+.0%}")
        for name, spread in spreads.items()
    )
    return Table(("", "seconds an epoch", "from, to", "longer"), rows)


def table_of_turns(measured: Mapping[str, Sequence[float]]) -> Table:
    """Medians, and how much longer a turn takes than that of everything on in the same round."""
    rows = []
    for name, turns in measured.items():
        longer = [turn / whole - 1 for turn, whole in zip(turns, measured[ALL], strict=True)]
        low, middle, high = statistics.quantiles(longer, n=4)
        shares = f"{middle:+.1%}", f"{low:+.1%} to {high:+.1%}"
        rows.append((name, f"{statistics.median(turns):.1f}", *shares))
    return Table(("", "us an image", "longer", "half of the turns"), tuple(rows))


def main(_: list[str]) -> None:
    tfcnn.distributed.use_threads(tfcnn.distributed.available_cores(), ARCHITECTURE)
    results: dict[str, object] = {}
    for batch_size in BATCH_SIZES:
        print(f"batch size {batch_size}")
        turns = measuring.take_turns(
            {name: loop.microseconds_an_image for name, loop in loops(batch_size).items()},
            lambda microseconds: f"{microseconds:.1f} us an image",
            TURNS_A_ROUND,
        )
        print(f"{table_of_turns(turns).to_text()}\n")
        results[f"microseconds an image, batch size {batch_size}"] = turns
    measured = measuring.take_turns(processes())
    print(table(measured).to_text())
    results["seconds an epoch"] = measured
    measuring.write_results("savings", results)


if __name__ == "__main__":
    app.run(main)

"""What each saving of the training is worth: the default network, with one of them switched off.

    python -m benchmarks.savings --rounds=5

Two epochs of MNIST in a process of its own; the second one's time counts. Figures go to
`runs/bench`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from absl import app

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.tables import Table

ALL = "everything on"


def contestants() -> Mapping[str, Callable[[], float]]:
    """Name of what is different -> its measurement, in seconds an epoch."""
    cores = tfcnn.training.available_cores()

    def seconds(onednn: str | None = None, **choices: object) -> float:
        settings: dict[str, object] = {"epochs": 2, "threads": cores} | choices
        return measuring.train_once(onednn, **settings)["seconds"]

    return {
        ALL: seconds,
        "all cores on each operation, as TensorFlow does": lambda: seconds(threads=0),
        "all pixels read": lambda: seconds(without="trimming"),
        "bias and activation before the pool": lambda: seconds(without="late_activation"),
        "one step a call": lambda: seconds(without="many_steps_a_call"),
        "oneDNN off": lambda: seconds("0"),
        "not deterministic": lambda: seconds(deterministic=False),
        "gradients not clipped": lambda: seconds(clip_norm=0),
    }


def table(measured: Mapping[str, Sequence[float]]) -> Table:
    """Medians, ranges, and how much longer each takes than with everything on."""
    whole = Spread.of(measured[ALL]).median
    rows = []
    for name, seconds in measured.items():
        spread = Spread.of(seconds)
        rows.append(
            (
                name,
                f"{spread.median:.2f}",
                f"{spread.low:.2f} to {spread.high:.2f}",
                f"{spread.median / whole - 1:+.0%}",
            )
        )
    return Table(("", "seconds an epoch", "from, to", "longer"), tuple(rows))


def main(_: list[str]) -> None:
    measured = measuring.take_turns(contestants(), lambda seconds: f"{seconds:.2f} s")
    print(table(measured).to_text())
    print(f"written: {measuring.write_results('savings', measured)}")


if __name__ == "__main__":
    app.run(main)

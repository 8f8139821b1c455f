"""An epoch of the default network on MNIST: tfcnn, Keras, PyTorch and JAX, in turn.

    make bench          or, when the peers' environment is there,
    python -m benchmarks.training_against_peers --rounds=3

Each trains two epochs in a process of its own, and the second one's time counts, so nobody's
compilation does. tfcnn takes its default recipe, clipping and penalty included; the peers take a
plain one, momentum 0.9 at a constant rate of 0.05, which is 0.4 to 0.8 points less accurate after
the two epochs. The time of an epoch does not depend on the rate. Figures and a plot go to
`runs/bench`.
"""

import pathlib
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from absl import app, flags
from matplotlib.figure import Figure

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.drawing.png import save_png
from tfcnn.report.tables import Table

BATCH_SIZES = flags.DEFINE_multi_integer("batch_size", [64, 128], "Batch sizes, one by one.")

OURS = "tfcnn"
# As much as two epochs differ from seed to seed.
MOST_BEHIND = 0.003
RATE = "an epoch's arithmetic as a matrix product"

Figures = dict[str, Any]


def contestants(
    digits: pathlib.Path, batch_size: int, peers_python: str
) -> dict[str, Callable[[], Figures]]:
    """Every contestant's name and its measurement."""
    threads = tfcnn.distributed.available_cores()
    folder = pathlib.Path(__file__).parent / "peers"

    def peer(
        python: str, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> Callable[[], Figures]:
        command = [python, str(folder / script), str(digits), str(batch_size), *arguments]
        return lambda: measuring.run_json(command, variables or measuring.AS_INSTALLED)

    keras = partial(peer, sys.executable, "keras_training.py")
    pytorch = partial(peer, peers_python, "pytorch_training.py", str(threads))
    return {
        OURS: lambda: measuring.train_once(epochs=2, batch_size=batch_size, threads=threads),
        "Keras fit, as installed": keras(),
        "Keras fit, oneDNN on": keras(variables=measuring.ONEDNN_ON),
        "Keras fit, oneDNN off": keras(variables=measuring.ONEDNN_OFF),
        "PyTorch eager, channels_last": pytorch("channels_last"),
        "PyTorch eager, NCHW": pytorch("NCHW"),
        "JAX, a jitted step": peer(peers_python, "jax_training.py"),
    }


def spread_of(measured: Sequence[Figures], figure: str = "seconds") -> Spread:
    """How far one figure of several measurements lies apart."""
    return Spread.of([row[figure] for row in measured])


def summary(
    results: Mapping[str, Sequence[Figures]], gigaflop_an_epoch: float, rate: float
) -> Table:
    """Medians, spreads, ratios to ours, share of the processor's rate, and accuracies."""
    ours = spread_of(results[OURS])
    rows = []
    for name, measured in results.items():
        seconds, accuracy = spread_of(measured), spread_of(measured, "accuracy").median
        ratio, share = seconds.median / ours.median, gigaflop_an_epoch / seconds.median / rate
        cells = f"{ratio:.2f}", f"{share:.0%}", f"{accuracy:.2%}"
        rows.append((name, *seconds.cells(), *cells))
    header = ("", "seconds", "from, to", "times tfcnn's", "of the rate", "test accuracy")
    return Table(header, tuple(rows))


def check_accuracies(results: Mapping[str, Sequence[Figures]]) -> None:
    """Fails if tfcnn was fast by learning less.

    Raises:
      RuntimeError: A median of its test accuracy is more than ``MOST_BEHIND`` below another one.
    """
    medians = {name: spread_of(rows, "accuracy").median for name, rows in results.items()}
    if medians[OURS] < max(medians.values()) - MOST_BEHIND:
        raise RuntimeError(
            f"accuracies: expected {OURS} at most {MOST_BEHIND:.1%} behind, found {medians}"
        )


def draw(results: Mapping[int, Mapping[str, Sequence[Figures]]], path: pathlib.Path) -> None:
    """Bars of the median seconds, with the range as a line; a panel a batch size."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    panels = figure.subplots(1, len(results), sharey=True, squeeze=False)[0]
    for axes, (batch_size, measured) in zip(panels, results.items(), strict=True):
        spreads = list(map(spread_of, measured.values()))
        medians = [spread.median for spread in spreads]
        sides = zip(*((s.median - s.low, s.high - s.median) for s in spreads), strict=True)
        colors = ["tab:orange" if name == OURS else "tab:gray" for name in measured]
        bars = axes.barh(list(measured), medians, xerr=list(sides), color=colors)
        axes.bar_label(bars, [f"{median:.1f}" for median in medians], padding=6)
        axes.set_title(f"batch size {batch_size}", fontsize="medium")
        axes.set_xlabel("seconds an epoch")
        axes.set_xlim(0, 1.15 * max(spread.high for spread in spreads))
        axes.grid(axis="x", alpha=0.3)
    panels[0].invert_yaxis()
    save_png(figure, path, "Seconds that an epoch takes, here and with other tools.")


def main(_: list[str]) -> None:
    peers_python = measuring.peers_python("benchmarks/.venv-training")
    architecture = tfcnn.model.ZOO["simple"]
    gigaflop = measuring.textbook_flop(architecture, (28, 28, 1)) * 60_000 / 1e9
    results: dict[int, dict[str, list[Figures]]] = {}
    rates: list[float] = []

    def measure_rate() -> Figures:
        figures = measuring.run_json([sys.executable, "-m", "benchmarks.matrix_rate"])
        rates.append(figures["gigaflop_per_second"])
        return {"seconds": gigaflop / rates[-1], "accuracy": None}

    with tempfile.TemporaryDirectory() as folder:
        digits = pathlib.Path(folder) / "digits.npz"
        measuring.write_digits(digits)
        for batch_size in BATCH_SIZES.value:
            print(f"batch size {batch_size}")
            measured = measuring.take_turns(
                {RATE: measure_rate, **contestants(digits, batch_size, peers_python)},
                "{0[seconds]:.2f} s".format,
            )
            del measured[RATE]
            results[batch_size] = measured
    rate = Spread.of(rates)
    for batch_size, measured in results.items():
        print(f"\nbatch size {batch_size}")
        print(summary(measured, gigaflop, rate.median).to_text())
    print(f"\nrate: {rate.median:.0f} GFLOP/s, from {rate.low:.0f} to {rate.high:.0f}")
    print(f"an epoch by the textbook: {gigaflop:.0f} GFLOP")
    plot = measuring.FOLDER / "training_against_peers.png"
    draw(results, plot)
    figures = {"gigaflop_per_second": rates, "gigaflop_an_epoch": gigaflop, "epochs": results}
    measuring.write_results("training_against_peers", figures)
    print(f"written: {plot}")
    for measured in results.values():
        check_accuracies(measured)


if __name__ == "__main__":
    app.run(main)

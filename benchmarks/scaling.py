"""How the time of a training grows with batch size, threads, maps and image size.

    python -m benchmarks.scaling --rounds=3

Each point is a training of the default network, or of a wider one, on 9,600 images of MNIST in a
process of its own; the second epoch's time counts. Figures and a plot go to `runs/bench`.
"""

import pathlib
from collections.abc import Mapping, Sequence
from functools import partial

from absl import app
from matplotlib.figure import Figure

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.drawing.png import save_png
from tfcnn.report.tables import Table

IMAGES = 9_600
# A rate at which every batch size and width trains.
SHARED: dict[str, object] = {"images": IMAGES, "epochs": 2, "learning_rate": 0.01}


def wider(factor: float) -> str:
    """The default network with ``factor`` times as many maps."""
    maps = [round(factor * count) for count in (32, 64, 64)]
    return (
        f"conv({maps[0]},3) max(2) conv({maps[1]},3) max(2) conv({maps[2]},3) "
        "flatten dense(100) dense(10,act=linear)"
    )


def scales() -> dict[str, dict[str, dict[str, object]]]:
    """Name of the axis -> label of the point -> choices of ``benchmarks.one_training``."""
    cores = tfcnn.distributed.available_cores()
    threads: dict[str, dict[str, object]] = {
        str(count): {"threads": count} for count in range(1, cores + 1)
    }
    threads["TensorFlow's own"] = {"threads": 0}
    return {
        "batch size": {str(size): {"batch_size": size} for size in (16, 32, 64, 128, 256, 512)},
        "threads": threads,
        "maps": {f"x{factor:g}": {"arch": wider(factor)} for factor in (0.25, 0.5, 1, 2, 4)},
        "image size": {str(size): {"size": size} for size in (20, 28, 56, 112)},
    }


def gigaflop_an_image(choices: Mapping[str, object]) -> float:
    architecture = tfcnn.model.find(str(choices.get("arch", "simple")))
    size = int(str(choices.get("size", 28)))
    return measuring.textbook_flop(architecture, (size, size, 1)) / 1e9


def table(axis: str, seconds: Mapping[str, Sequence[float]]) -> Table:
    """Microseconds an image and textbook GFLOP/s at every point of one axis."""
    rows = []
    for label, choices in scales()[axis].items():
        spread = Spread.of(seconds[label])
        rate = gigaflop_an_image(choices) * IMAGES / spread.median
        rows.append((label, *spread.cells(".0f", 1e6 / IMAGES), f"{rate:.0f}"))
    return Table((axis, "us an image", "from, to", "GFLOP/s"), tuple(rows))


def draw(results: Mapping[str, Mapping[str, Sequence[float]]], path: pathlib.Path) -> None:
    """A panel an axis: microseconds an image."""
    figure = Figure(figsize=(12, 3), layout="constrained")
    for axes, (axis, points) in zip(figure.subplots(1, len(results)), results.items(), strict=True):
        medians = [Spread.of(seconds).median / IMAGES * 1e6 for seconds in points.values()]
        labels = [label.replace("TensorFlow's own", "TensorFlow's\nown") for label in points]
        bars = axes.bar(range(len(labels)), medians, color="tab:orange", tick_label=labels)
        axes.bar_label(bars, [f"{median:.0f}" for median in medians], fontsize="small")
        axes.set_xlabel(axis)
        if max(medians) > 5 * min(medians):
            axes.set_yscale("log")
        axes.margins(y=0.15)
    figure.supylabel("microseconds an image", fontsize="medium")
    save_png(figure, path, "Microseconds an image, an axis of size at a time.")


def main(_: list[str]) -> None:
    cores = tfcnn.distributed.available_cores()
    results: dict[str, dict[str, list[float]]] = {}
    for axis, points in scales().items():
        print(axis)
        trainings = {
            label: partial(measuring.train_once, **{"threads": cores} | SHARED | choices)
            for label, choices in points.items()
        }
        measured = measuring.take_turns(trainings, "{0[seconds]:.2f} s".format)
        results[axis] = {
            label: [figures["seconds"] for figures in rows] for label, rows in measured.items()
        }
    for axis, seconds in results.items():
        print(f"\n{table(axis, seconds).to_text()}")
    plot = measuring.FOLDER / "scaling.png"
    draw(results, plot)
    print(f"\nwritten: {plot}")
    measuring.write_results("scaling", {"images": IMAGES, "seconds": results})


if __name__ == "__main__":
    app.run(main)

"""Prints the statistics of every weight tensor of a run, and draws the kernels.

Example:
  python -m experiments.weights --run_dir=runs/first
  python -m experiments.weights --run_dir=runs/first --layer=conv1
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import program
from tfcnn.errors import check_choice

RUN_DIR = flags.DEFINE_string("run_dir", None, "The folder of a finished run.", required=True)
LAYER = flags.DEFINE_string("layer", None, "Only this layer, such as conv1. Default: all.")
CHECKPOINTS = flags.DEFINE_enum(
    "checkpoints",
    "last",
    ["last", "all"],
    "all also draws how the kernels came to be, over the run's checkpoints.",
)


def main() -> None:
    """Reads the flags, prints the table, draws and says where the pictures are."""
    network = tfcnn.load_run(RUN_DIR.value)
    weights = network.weights
    layers = list(dict.fromkeys(path.partition("/")[0] for path in weights))
    if LAYER.value is not None:
        check_choice("layer", LAYER.value, layers)
    chosen = {
        path: weight.numpy()
        for path, weight in weights.items()
        if LAYER.value in (None, path.partition("/")[0])
    }
    print(tfcnn.report.weights_table(chosen).to_text())
    plots = tfcnn.runs.RunDirectory.at(RUN_DIR.value).plots
    first = next(iter(weights))
    reads_colours = {
        path: path == first and network.input_shape[2] == 3
        for path in chosen
        if chosen[path].ndim == 4
    }
    for path, in_colours in reads_colours.items():
        picture = plots / f"kernels_{path.partition('/')[0]}.png"
        tfcnn.report.draw_kernels(chosen[path], picture, path, in_colours)
        print(f"written: {picture}")
    if CHECKPOINTS.value == "all" and not reads_colours:
        among = LAYER.value or ", ".join(layers)
        print(f"no kernels to follow over the checkpoints: no conv layer among {among}")
    elif CHECKPOINTS.value == "all":
        for picture in draw_strips(reads_colours, plots):
            print(f"written: {picture}")


def draw_strips(reads_colours: Mapping[str, bool], plots: pathlib.Path) -> list[pathlib.Path]:
    """Prints how alike the kernels and the untrained ones stay; returns the pictures' paths.

    Args:
      reads_colours: The kernels' paths, each with whether its inputs are red, green and blue.
      plots: Where to write.
    """
    states = tfcnn.runs.read_states(RUN_DIR.value)
    times = [f"step {step}" for step, _ in states]
    pictures, rows = [], []
    for path, in_colours in reads_colours.items():
        kernels = np.stack([tensors[path] for _, tensors in states])
        pictures.append(plots / f"kernels_over_time_{path.partition('/')[0]}.png")
        tfcnn.report.draw_kernel_strip(kernels, times, pictures[-1], path, in_colours)
        rows.append((path, *tfcnn.report.correlations_with_first(kernels).mean(axis=1)))
    print("mean correlation of a filter's weights with those before the training:")
    rounded = tfcnn.report.rounded
    cells = tuple((path, *(rounded(value, ".3f") for value in values)) for path, *values in rows)
    print(tfcnn.report.Table(("tensor", *times), cells).to_text())
    return pictures


if __name__ == "__main__":
    program.run(main)

"""Prints the statistics of every weight tensor of a run, and draws the kernels.

Example:
  python -m experiments.weights --run_dir=runs/first
  python -m experiments.weights --run_dir=runs/first --layer=conv1
"""

from __future__ import annotations

from absl import flags

import tfcnn
from experiments import program
from tfcnn.errors import InputError

RUN_DIR = flags.DEFINE_string("run_dir", None, "The folder of a finished run.", required=True)
LAYER = flags.DEFINE_string("layer", None, "Only this layer, such as conv1. Default: all.")


def main() -> None:
    """Reads the flags, prints the table, draws and says where the pictures are."""
    network = tfcnn.load_run(RUN_DIR.value)
    weights = network.weights
    layers = list(dict.fromkeys(path.partition("/")[0] for path in weights))
    if LAYER.value not in (None, *layers):
        raise InputError(f"layer: expected one of {', '.join(layers)}, found {LAYER.value!r}")
    chosen = {
        path: weight.numpy()
        for path, weight in weights.items()
        if LAYER.value in (None, path.partition("/")[0])
    }
    print(tfcnn.report.weights_table(chosen).to_text())
    plots = tfcnn.training.RunDirectory.at(RUN_DIR.value).plots
    for path, weight in chosen.items():
        if weight.ndim == 4:
            picture = plots / f"kernels_{path.partition('/')[0]}.png"
            reads_colours = path == next(iter(weights)) and network.input_shape[2] == 3
            tfcnn.report.draw_kernels(weight, picture, path, reads_colours)
            print(f"written: {picture}")


if __name__ == "__main__":
    program.run(main)

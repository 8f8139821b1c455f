"""Prints the statistics of every weight tensor of a run, and draws the kernels.

Example:
  python -m experiments.weights --run_dir=runs/first
  python -m experiments.weights --run_dir=runs/first --layer=conv1
"""

import pathlib
from collections.abc import Mapping

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import program, run_flags
from tfcnn.errors import check_choice
from tfcnn.model.layers import LayerTensor

RUN = run_flags.RunFlag(reads_data=False)
LAYER = flags.DEFINE_string("layer", None, "Only this layer, such as conv1. Default: all.")
CHECKPOINTS = flags.DEFINE_enum(
    "checkpoints",
    "last",
    ["last", "all"],
    "all also draws how the kernels came to be, over the run's checkpoints.",
)


def main() -> program.Written:
    """Reads the flags, prints the table and draws."""
    network = RUN.value.network()
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
    plots = RUN.value.plots
    first = next(iter(weights))
    kernels = {
        path: tensor
        for placed in network.layers
        for path, tensor in placed.weights().items()
        if path in chosen and len(tensor.shape) == 4
    }
    written = []
    for path, tensor in kernels.items():
        picture = plots / f"kernels_{path.partition('/')[0]}.png"
        kernel = tensor.by_filter(chosen[path])
        tfcnn.report.draw_kernels(kernel, picture, path, path == first and kernel.shape[2] == 3)
        written.append(picture)
    if CHECKPOINTS.value == "all" and not kernels:
        among = LAYER.value or ", ".join(layers)
        print(f"no kernels to follow over the checkpoints: no conv layer among {among}")
    elif CHECKPOINTS.value == "all":
        written += draw_strips(kernels, first, plots)
    return written


def draw_strips(
    chosen: Mapping[str, LayerTensor], first: str, plots: pathlib.Path
) -> list[pathlib.Path]:
    """Prints how alike the kernels and the untrained ones stay; returns the pictures' paths.

    Args:
      chosen: The kernels by path.
      first: The path of the one that reads the image.
      plots: Where to write.
    """
    states = RUN.value.states()
    times = [f"step {step}" for step, _ in states]
    pictures, rows = [], []
    for path, tensor in chosen.items():
        kernels = np.stack([tensor.by_filter(tensors[path]) for _, tensors in states])
        in_colours = path == first and kernels.shape[3] == 3
        pictures.append(plots / f"kernels_over_time_{path.partition('/')[0]}.png")
        tfcnn.report.draw_kernel_strip(kernels, times, pictures[-1], path, in_colours)
        means = tfcnn.report.correlations_with_first(kernels).mean(axis=1)
        rows.append((path, *(tfcnn.report.rounded(mean, ".3f") for mean in means)))
    print("mean correlation of a filter's weights with those before the training:")
    print(tfcnn.report.Table(("tensor", *times), tuple(rows)).to_text())
    return pictures


if __name__ == "__main__":
    program.run(main)

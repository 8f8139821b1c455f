"""Compares trainings: do they have the same filters, and in the same order?

For every pair of runs and every layer with weights but the last: the filters are paired one to one
by the correlation of what they do on the test images. Of three runs and more, the mean over all
pairs and its deviation come first. Beside it stand a network and itself with its
channels in another order, and two untrained networks.

Example:
  python -m experiments.compare --run_dirs=runs/first,runs/second
"""

from __future__ import annotations

import itertools
import pathlib

from absl import flags

import tfcnn
from experiments import flag_types, program
from tfcnn.errors import InputError

RUN_DIRS = flags.DEFINE_list(
    "run_dirs", None, "Two or more folders of finished runs, between commas.", required=True
)
LAYER = flags.DEFINE_string(
    "layer", "conv1", "The layer whose matched filters are drawn side by side."
)
PAIRS = flag_types.define_integer("pairs", 12, "How many matched filters are drawn.", at_least=1)


def main() -> None:
    """Reads the flags, compares every pair, prints the table and draws."""
    if len(RUN_DIRS.value) < 2:
        raise InputError(f"run_dirs: expected two or more folders, found {len(RUN_DIRS.value)}")
    networks = {folder: tfcnn.load_run(folder) for folder in RUN_DIRS.value}
    if len(networks) < len(RUN_DIRS.value):
        raise InputError(f"run_dirs: expected each folder once, found {','.join(RUN_DIRS.value)}")
    first = networks[RUN_DIRS.value[0]]
    layers = first.hidden_layers
    if LAYER.value not in layers:
        raise InputError(f"layer: expected one of {', '.join(layers)}, found {LAYER.value!r}")
    images = tfcnn.data.load(tfcnn.training.read_dataset_name(RUN_DIRS.value[0])).test.images
    inspection = tfcnn.inspection
    rows = [
        row
        for a, b in itertools.combinations(networks, 2)
        for row in inspection.compare(
            f"{pathlib.Path(a).name}, {pathlib.Path(b).name}",
            networks[a],
            networks[b],
            layers,
            images,
        )
    ]
    if len(networks) > 2:
        print(tfcnn.report.spread_table(rows).to_text(), end="\n\n")
    known = inspection.baselines(first, layers, images)
    table = tfcnn.report.comparison_table([*rows, *known])
    print(table.to_text())
    plots = tfcnn.training.RunDirectory.at(RUN_DIRS.value[0]).plots
    others = f"{len(networks)}_runs" if len(networks) > 2 else pathlib.Path(RUN_DIRS.value[1]).name
    written = [plots / f"compare_{others}.{kind}" for kind in ("png", "csv")]
    tfcnn.report.draw_comparison(rows, known, written[0])
    table.write_csv(written[1])
    written.append(plots / f"pairs_{LAYER.value}_{others}.png")
    number = layers.index(LAYER.value)
    below = rows[number - 1].matching if number else None
    second = networks[RUN_DIRS.value[1]]
    tfcnn.report.draw_pairs(first, second, rows[number].matching, below, PAIRS.value, written[-1])
    for path in written:
        print(f"written: {path}")


if __name__ == "__main__":
    program.run(main)

"""Silences every filter of a layer in turn and measures the accuracy lost, in total and per class.

Example:
  python -m experiments.ablate --run_dir=runs/first --layer=conv3
"""

from __future__ import annotations

from absl import flags

import tfcnn
from experiments.command_line import program

RUN_DIR = flags.DEFINE_string("run_dir", None, "The folder of a finished run.", required=True)
LAYER = flags.DEFINE_string("layer", "conv3", "The layer whose filters or units fall silent.")
REPLACEMENT = flags.DEFINE_enum(
    "replacement", "zero", ["zero", "mean"], "What a silent filter puts out everywhere."
)


def main() -> None:
    """Reads the flags, ablates, prints the ranking and draws it."""
    network = tfcnn.load_run(RUN_DIR.value)
    data = tfcnn.runs.load_run_data(RUN_DIR.value)
    ablation = tfcnn.inspection.ablate(
        network, LAYER.value, data.test.images, data.test.labels, REPLACEMENT.value
    )
    table = tfcnn.report.ablation_table(ablation, data.class_names)
    print(table.to_text())
    for words, values in (
        ("mean activation", ablation.means),
        ("share of images in which it fires", ablation.firing_shares),
    ):
        rank_correlation = ablation.rank_correlation(values)
        print(f"rank correlation of accuracy lost and {words}: {rank_correlation:+.2f}")
    plots = tfcnn.runs.RunDirectory.at(RUN_DIR.value).plots
    stem = plots / f"ablation_{LAYER.value}_{REPLACEMENT.value}"
    table.write_csv(stem.with_suffix(".csv"))
    tfcnn.report.draw_ablation(ablation, data.class_names, stem.with_suffix(".png"))
    for suffix in (".png", ".csv"):
        print(f"written: {stem.with_suffix(suffix)}")


if __name__ == "__main__":
    program.run(main)

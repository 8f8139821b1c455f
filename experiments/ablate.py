"""Silences every filter of a layer in turn and measures the accuracy lost, in total and per class.

Example:
  python -m experiments.ablate --run_dir=runs/first --layer=conv3
"""

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags

RUN = run_flags.RunFlag()
LAYER = flag_types.define_layer("The layer whose filters or units fall silent.")
REPLACEMENT = flags.DEFINE_enum(
    "replacement", "zero", ["zero", "mean"], "What a silent filter puts out everywhere."
)


def main() -> program.Written:
    """Reads the flags, ablates, prints the ranking and draws it."""
    network = RUN.value.network()
    layer = LAYER.value or network.layer_to_show
    data = RUN.value.data()
    ablation = tfcnn.inspection.ablate(
        network, layer, data.test.images, data.test.labels, REPLACEMENT.value
    )
    table = tfcnn.report.ablation_table(ablation, data.class_names)
    print(table.to_text())
    for words, values in (
        ("mean activation", ablation.means),
        ("share of images in which it fires", ablation.firing_shares),
    ):
        rank_correlation = ablation.rank_correlation(values)
        print(f"rank correlation of accuracy lost and {words}: {rank_correlation:+.2f}")
    name = f"ablation_{layer}_{REPLACEMENT.value}"
    written = [RUN.value.plots / f"{name}.{kind}" for kind in ("png", "csv")]
    tfcnn.report.draw_ablation(ablation, data.class_names, written[0])
    table.write_csv(written[1])
    return written


if __name__ == "__main__":
    program.run(main)

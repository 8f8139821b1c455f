"""Pastes a filter's pattern into every test image and shows how the logits move.

Beside it stands a control: as much light, but the pattern's pixels in a random order.

Example:
  python -m experiments.paste --run_dir=runs/first --layer=conv3 --filter=4
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from tfcnn.errors import InputError

RUN = run_flags.RunFlag()
LAYER = flags.DEFINE_string("layer", "conv3", "The layer of the filter or unit.")
FILTER = flag_types.define_integer(
    "filter", 0, "The filter whose pattern is found and pasted.", at_least=0
)
STRENGTH = flag_types.define_number(
    "strength", 0.5, "What the pattern's brightness is multiplied by.", at_least=0, at_most=1
)
SEED = flag_types.define_integer("seed", 0, "Of the climb and of the control.", at_least=0)


def main() -> Sequence[pathlib.Path]:
    """Reads the flags, finds the pattern, pastes it, prints and draws."""
    network = RUN.value.network()
    _, filters = tfcnn.ascent.filters_of(network, LAYER.value, None)
    if FILTER.value >= len(filters):
        raise InputError(f"filter: expected 0 to {filters[-1]}, found {FILTER.value}")
    data = RUN.value.data()
    patterns = tfcnn.ascent.maximize(network, LAYER.value, [FILTER.value], seed=SEED.value)
    found = tfcnn.inspection.paste(
        network,
        patterns.images[0],
        data.test.images,
        data.test.labels,
        STRENGTH.value,
        SEED.value,
    )
    before, after, control = found.accuracies()
    print(f"right: {before:.2%}, with the pattern {after:.2%}, with the control {control:.2%}")
    table = tfcnn.report.moves_table(found, data.class_names)
    print(table.to_text())
    name = f"paste_{LAYER.value}_{FILTER.value}{flag_types.named_choices([STRENGTH, SEED])}"
    written = [RUN.value.plots / f"{name}.{kind}" for kind in ("png", "csv")]
    words = tfcnn.report.filter_words(network, LAYER.value, FILTER.value, data.class_names)
    title = f"{LAYER.value}, {words}, pasted with strength {STRENGTH.value:g}"
    tfcnn.report.draw_pasting(found, patterns.images[0], STRENGTH.value, data, written[0], title)
    table.write_csv(written[1])
    return written


if __name__ == "__main__":
    program.run(main)

"""Pastes a filter's pattern into every test image, or into one, and shows how the logits move.

Beside it stands a control: as much light, but the pattern's pixels in a random order.

Example:
  python -m experiments.paste --run_dir=runs/first --layer=conv3 --filter=4
  python -m experiments.paste --run_dir=runs/first --filter=4 --image=my_digit.png
"""

from __future__ import annotations

import pathlib

import numpy as np

import tfcnn
from experiments.command_line import flag_types, program, run_flags, shown_image
from tfcnn.errors import wrong
from tfcnn.pixels import as_floats
from tfcnn.typing import Float32

RUN = run_flags.RunFlag()
LAYER = flag_types.define_layer("The layer of the filter or unit.")
FILTER = flag_types.define_integer(
    "filter", 0, "The filter whose pattern is found and pasted.", at_least=0
)
STRENGTH = flag_types.define_number(
    "strength", 0.5, "What the pattern's brightness is multiplied by.", at_least=0, at_most=1
)
SEED = flag_types.define_integer("seed", 0, "Of the climb and of the control.", at_least=0)
shown_image.define("all test images")


def main() -> program.Written:
    """Reads the flags, finds the pattern, pastes it, prints and draws."""
    network = RUN.value.network()
    layer = LAYER.value or network.layer_to_show
    _, filters = tfcnn.ascent.filters_of(network, layer, None)
    if FILTER.value >= len(filters):
        raise wrong("filter", f"0 to {filters[-1]}", FILTER.value)
    # What it is pasted into is read before the climb, as that takes a while.
    into = shown_image.read(RUN.value, network) if shown_image.is_given() else RUN.value.data()
    pattern = tfcnn.ascent.maximize(network, layer, [FILTER.value], seed=SEED.value).images[0]
    names = RUN.value.class_names
    words = tfcnn.report.filter_words(network, layer, FILTER.value, names)
    title = f"{layer}, {words}, pasted with strength {STRENGTH.value:g}"
    name = f"paste_{layer}_{FILTER.value}{flag_types.named_choices([STRENGTH, SEED])}"
    written = [RUN.value.plots / f"{name}.{kind}" for kind in ("png", "csv")]
    if isinstance(into, shown_image.ShownImage):
        written = [path.with_stem(f"{path.stem}_{into.stem}") for path in written]
        found = _paste_into_one(network, pattern, into, written[0], title)
    else:
        found = _paste_into_all(network, pattern, into, written[0], title)
    table = tfcnn.report.moves_table(found, names)
    print(table.to_text())
    table.write_csv(written[1])
    return written


def _paste_into_all(
    network: tfcnn.model.Network,
    pattern: Float32,
    data: tfcnn.data.Dataset,
    path: pathlib.Path,
    title: str,
) -> tfcnn.inspection.Pasting:
    """Pastes into the test images, prints how many stay right, and draws."""
    found = tfcnn.inspection.paste(
        network, pattern, data.test.images, data.test.labels, STRENGTH.value, SEED.value
    )
    before, after, control = found.accuracies()
    print(f"right: {before:.2%}, with the pattern {after:.2%}, with the control {control:.2%}")
    tfcnn.report.draw_pasting(found, pattern, STRENGTH.value, data, path, title)
    return found


def _paste_into_one(
    network: tfcnn.model.Network,
    pattern: Float32,
    shown: shown_image.ShownImage,
    path: pathlib.Path,
    title: str,
) -> tfcnn.inspection.Pasting:
    """Pastes into one image, prints what the network says of it, and draws."""
    image = shown.pixels[np.newaxis]
    unknown = np.zeros(1, np.int32)  # No figure that needs its class is taken.
    found = tfcnn.inspection.paste(network, pattern, image, unknown, STRENGTH.value, SEED.value)
    said = []
    for logits in (found.before, found.after, found.control):
        share = np.exp(tfcnn.inspection.log_probabilities(logits)).max()
        said.append(f"{RUN.value.class_names[logits.argmax()]} with {share:.1%}")
    print("{}: {}; with the pattern {}; with the control {}".format(shown.title, *said))
    both = np.concatenate([image, tfcnn.inspection.pasted(image, pattern, STRENGTH.value)])
    captions = [f"as it is: {said[0]}", f"with the pattern: {said[1]}"]
    title = f"{title} into {shown.title}"
    description = "What the network says of an image with a filter's pattern laid over it."
    tfcnn.report.draw_image_grid(as_floats(both), captions, path, title, description)
    return found


if __name__ == "__main__":
    program.run(main)

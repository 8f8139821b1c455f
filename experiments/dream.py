"""Climbs from a real image, so that one sees what the network reads into it.

Example:
  python -m experiments.dream --run_dir=runs/first --index=7 --layer=conv3
  python -m experiments.dream --run_dir=runs/first --image=my_digit.png --layer=conv3 --filter=4
"""

import tfcnn
from experiments.command_line import flag_types, program, run_flags, shown_image
from tfcnn.pixels import as_floats

RUN = run_flags.RunFlag()
LAYER = flag_types.define_layer("The layer to excite: all of it, or one filter.")
FILTER = flag_types.define_integer(
    "filter", None, "Excite one filter or unit instead of the whole layer.", at_least=0
)
shown_image.define()
FRAMES = flag_types.define_integer(
    "frames", 10, "Pictures after the first; ten gradient steps each.", at_least=1, at_most=100
)


def main() -> program.Written:
    """Reads the flags, dreams, and draws the frames."""
    network = RUN.value.network()
    layer = LAYER.value or network.layer_to_show
    shown = shown_image.read(RUN.value, network)
    objectives = tfcnn.ascent.objectives
    objective = (
        objectives.layer(layer)
        if FILTER.value is None
        else objectives.filter_map(layer, FILTER.value)
    )
    image = as_floats(shown.pixels)
    images, values = tfcnn.ascent.dream(network, objective, image, FRAMES.value)
    stem = layer.replace("/", "_")
    name = stem if FILTER.value is None else f"{stem}_filter{FILTER.value}"
    frames = flag_types.named_choices([FRAMES])
    path = RUN.value.plots / f"dream_{name}_{shown.stem}{frames}.png"
    dreamer = layer
    if FILTER.value is not None:
        words = tfcnn.report.filter_words(network, layer, FILTER.value, RUN.value.class_names)
        dreamer = f"{layer}, {words}"
    captions = [f"frame {n}\n{tfcnn.report.rounded(v, '.2f')}" for n, v in enumerate(values)]
    title = f"{shown.title}, dreamt by {dreamer}"
    description = "A real image, step by step on its way to what the network reads into it."
    tfcnn.report.draw_image_grid(images, captions, path, title, description)
    print(f"the objective rose from {values[0]:.3f} to {values[-1]:.3f}")
    return [path]


if __name__ == "__main__":
    program.run(main)

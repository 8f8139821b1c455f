"""Shows which pixels of one image speak for a class, by classic methods side by side.

Methods that read maps are left out of a network without any. What differs from the default stands
in the file's name.

Example:
  python -m experiments.attribute --run_dir=runs/first --index=7 --methods=gradient,occlusion
  python -m experiments.attribute --run_dir=runs/first --image=my_digit.png --target=3
"""

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags, shown_image
from tfcnn.inspection import attribution
from tfcnn.pixels import as_floats

READERS = " and ".join(name for name, of in attribution.METHODS.items() if of.reads_maps)
RUN = run_flags.RunFlag()
shown_image.define()
TARGET = flag_types.define_integer(
    "target", None, "Number of the class. Default: what the network says.", at_least=0
)
METHODS = flags.DEFINE_list(
    "methods", None, f"Which of {', '.join(attribution.METHODS)}, between commas. Default: all."
)
LAYER = flags.DEFINE_string(
    "layer", None, f"The layer with maps that {READERS} reads. Default: the last one."
)


def main() -> program.Written:
    """Reads the flags, attributes and draws."""
    network = RUN.value.network()
    shown = shown_image.read(RUN.value, network)
    image = as_floats(shown.pixels)
    logit, black = network(np.stack([image, np.zeros_like(image)])).numpy()
    target = int(logit.argmax()) if TARGET.value is None else TARGET.value
    found = attribution.attribute(network, image, target, METHODS.value, LAYER.value)
    title = f"{shown.title}: what speaks for {RUN.value.class_names[target]}"
    choices = flag_types.named_choices([METHODS, LAYER])
    path = RUN.value.plots / f"attribution_{shown.stem}_{target}{choices}.png"
    tfcnn.report.draw_attributions(image, found.maps, path, title)
    said = f"logit {logit[target]:.2f}, of the black image {black[target]:.2f}"
    if "integrated_gradients" in found:
        said += f"; integrated gradients add up to {found['integrated_gradients'].sum():.2f}"
    print(said)
    return [path]


if __name__ == "__main__":
    program.run(main)

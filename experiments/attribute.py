"""Shows which pixels of one image speak for a class, by five classic methods.

A network without maps has no Grad-CAM.

Example:
  python -m experiments.attribute --run_dir=runs/first --index=7
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.pixels import as_floats

RUN = flag_types.define_run()
INDEX = flag_types.define_integer("index", 0, "Number of the test image.", at_least=0)
TARGET = flag_types.define_integer(
    "target", None, "Number of the class. Default: what the network says.", at_least=0
)
LAYER = flags.DEFINE_string(
    "layer", None, "The layer with maps that Grad-CAM reads. Default: the last one."
)


def main() -> Sequence[pathlib.Path]:
    """Reads the flags, attributes and draws."""
    network = RUN.value.network()
    data = RUN.value.data()
    pixels, label = data.test_image(INDEX.value)
    image = as_floats(pixels)
    black = np.zeros_like(image)
    logits = network(np.stack([image, black])).numpy()
    target = int(logits[0].argmax()) if TARGET.value is None else TARGET.value
    methods = tfcnn.inspection.attribution
    maps = {
        "gradient": methods.gradient(network, image, target).sum(axis=-1),
        "integrated gradients": methods.integrated_gradients(network, image, target).sum(axis=-1),
        "SmoothGrad": methods.smooth_gradient(network, image, target).sum(axis=-1),
    }
    layer = LAYER.value or next(reversed(network.layers_with_maps), None)
    if layer:
        maps[f"Grad-CAM of {layer}"] = methods.grad_cam(network, image, target, layer)
    maps["occlusion by 5x5"] = methods.occlusion(network, image, target)
    title = f"test image {INDEX.value} ({label}): what speaks for {data.class_names[target]}"
    name = f"attribution_{INDEX.value}_{target}{flag_types.named_choices([LAYER])}"
    path = RUN.value.plots / f"{name}.png"
    tfcnn.report.draw_attributions(image, maps, path, title)
    print(
        f"logit {logits[0, target]:.2f}, of the black image {logits[1, target]:.2f}; "
        f"integrated gradients add up to {maps['integrated gradients'].sum():.2f}"
    )
    return [path]


if __name__ == "__main__":
    program.run(main)

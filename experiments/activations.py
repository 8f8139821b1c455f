"""Shows every map of every layer for one image, and the probabilities of the classes.

Example:
  python -m experiments.activations --run_dir=runs/first --index=7
  python -m experiments.activations --run_dir=runs/first --image=my_digit.png
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.errors import InputError
from tfcnn.pixels import as_floats

RUN = flag_types.define_run()
INDEX = flag_types.define_integer(
    "index", None, "Number of the test image. Default: 0.", at_least=0
)
IMAGE = flags.DEFINE_string(
    "image",
    None,
    "A picture of your own instead, which is made like the training images, as in predict.",
)


def main() -> Sequence[pathlib.Path]:
    """Reads the flags, computes, draws a picture a layer."""
    network = RUN.value.network()
    names = RUN.value.class_names
    if IMAGE.value and INDEX.value is not None:
        raise InputError(f"index: expected none beside --image, found {INDEX.value}")
    if IMAGE.value:
        preparation = RUN.value.preparation()
        picture, prepared = tfcnn.data.prepare_single(IMAGE.value, network.input_shape, preparation)
        for note in (f"pictures become: {preparation}", *picture.notes):
            print(note)
        image = prepared.image
        stem, title = f"activations_image_{pathlib.Path(IMAGE.value).stem}", IMAGE.value
    else:
        index = INDEX.value or 0
        image, label = RUN.value.data().test_image(index)
        stem, title = f"activations_{index}", f"test image {index} ({label})"
    pixels = as_floats(image)
    values = {
        path: value.numpy()[0] for path, value in network.activations(pixels[np.newaxis]).items()
    }
    logits = list(values.values())[-1]
    shares = np.exp(tfcnn.inspection.log_probabilities(logits[np.newaxis]))[0]
    best = int(shares.argmax())
    plots = RUN.value.plots
    written = [plots / f"{stem}.png"]
    tfcnn.report.draw_decision(pixels, shares, names, written[0], title)
    written += tfcnn.report.draw_activations(values, plots, stem, names)
    print(f"{title}: the network says {names[best]} with {shares[best]:.1%}")
    return written


if __name__ == "__main__":
    program.run(main)

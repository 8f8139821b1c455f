"""Shows every map of every layer for one image, and the probabilities of the classes.

Example:
  python -m experiments.activations --run_dir=runs/first --index=7
  python -m experiments.activations --run_dir=runs/first --image=my_digit.png
"""

from __future__ import annotations

import pathlib

import numpy as np
from absl import flags

import tfcnn
from experiments import flag_types, program

RUN_DIR = flags.DEFINE_string("run_dir", None, "The folder of a finished run.", required=True)
INDEX = flag_types.define_integer("index", 0, "Number of the test image.", at_least=0)
IMAGE = flags.DEFINE_string(
    "image",
    None,
    "A PNG or JPEG of your own instead, white on black, of the network's size or not.",
)


def main() -> None:
    """Reads the flags, computes, draws a picture a layer."""
    network = tfcnn.load_run(RUN_DIR.value)
    data = tfcnn.training.load_run_data(RUN_DIR.value)
    if IMAGE.value:
        image = tfcnn.data.read_picture(IMAGE.value, network.input_shape)
        stem, title = f"activations_image_{pathlib.Path(IMAGE.value).stem}", IMAGE.value
    else:
        image, label = data.test_image(INDEX.value)
        stem, title = f"activations_{INDEX.value}", f"test image {INDEX.value} ({label})"
    pixels = image / np.float32(255)
    values = {
        path: value.numpy()[0] for path, value in network.activations(pixels[np.newaxis]).items()
    }
    logits = list(values.values())[-1]
    shares = np.exp(tfcnn.inspection.log_probabilities(logits[np.newaxis]))[0]
    best = int(shares.argmax())
    plots = tfcnn.training.RunDirectory.at(RUN_DIR.value).plots
    written = [plots / f"{stem}.png"]
    tfcnn.report.draw_decision(pixels, shares, data.class_names, written[0], title)
    written += tfcnn.report.draw_activations(values, plots, stem, data.class_names)
    print(f"{title}: the network says {data.class_names[best]} with {shares[best]:.1%}")
    for path in written:
        print(f"written: {path}")


if __name__ == "__main__":
    program.run(main)

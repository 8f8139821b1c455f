"""Says what is on pictures of your own: the probability of each class, and what the network saw.

With --preprocess=auto a picture for a grey network whose classes are the digits 0 to 9 is taken for
one digit: a scan or a photograph of dark ink on bright paper, or bright strokes on a dark ground.
The uneven light is taken off, dark ink becomes bright, the ink is cut out, scaled to 20 of 28
pixels with its shape kept, and moved so that its centre of mass is in the middle: what was done to
MNIST's own digits. The picture should be upright (a camera's note to turn it is not read) and show
nothing but paper and ink. One of the network's own size with a dark ground is taken as it is.
Pictures for any other network are only scaled, as all are with --preprocess=none: they should look
like the images that it was trained on.

Example:
  python -m experiments.predict --run_dir=runs/first --images=three.png,photograph.jpg
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.errors import InputError

RUN = flag_types.define_run()
IMAGES = flags.DEFINE_list("images", None, "PNG or JPEG files, between commas.", required=True)
PREPROCESS = flags.DEFINE_enum(
    "preprocess",
    "auto",
    ["auto", "none"],
    "auto finds the digit and sets it as MNIST did, where the classes are the digits 0 to 9; none "
    "scales to the network's size.",
)

DIGITS = tuple("0123456789")


def main() -> Sequence[pathlib.Path]:
    """Reads the flags and the pictures, classifies, prints and draws."""
    if not IMAGES.value:
        raise InputError("images: expected one file or more, found none")
    network = RUN.value.network()
    names = RUN.value.class_names
    find_digit = PREPROCESS.value == "auto" and names == DIGITS
    prepared = [
        tfcnn.data.prepare_picture(file, network.input_shape, find_digit) for file in IMAGES.value
    ]
    images = np.stack([one.image for one in prepared])
    logits = tfcnn.model.all_activations(network, network.layers[-1].name, images)
    shares = np.exp(tfcnn.inspection.log_probabilities(logits))
    table = tfcnn.report.prediction_table(IMAGES.value, shares, names)
    print(table.to_text())
    stem = RUN.value.plots / f"predictions{flag_types.named_choices([PREPROCESS])}"
    written = tfcnn.report.draw_predictions(
        IMAGES.value, prepared, shares, names, stem.with_suffix(".png")
    )
    written.append(stem.with_suffix(".csv"))
    table.write_csv(written[-1])
    return written


if __name__ == "__main__":
    program.run(main)

"""Prints what each layer of a network sees, holds and costs. Needs no training.

A receptive field is the part of the image that one output value sees; stride is the distance, in
pixels of the image, between the fields of neighbouring outputs; first pixel is where the field of
the output in the left upper corner starts, negative where padding comes first.

Example:
  python -m experiments.arithmetic --arch=simple
  python -m experiments.arithmetic --arch='conv(8,5) max(2) conv(8,3)' --input_shape=32,32,3
"""

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.errors import wrong

ARCHITECTURE = flag_types.define_architecture()
INPUT_SHAPE = flag_types.define_integers(
    "input_shape", [28, 28, 1], "Height, width and channels of an image.", at_least=1
)


def main() -> None:
    """Reads the flags and prints the table."""
    if len(INPUT_SHAPE.value) != 3:
        raise wrong("input_shape", "3 integers", len(INPUT_SHAPE.value))
    rows = tfcnn.model.geometry(tfcnn.model.find(ARCHITECTURE.value), tuple(INPUT_SHAPE.value))
    print(tfcnn.report.geometry_table(rows).to_text())


if __name__ == "__main__":
    program.run(main)

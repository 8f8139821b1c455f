"""Shows every map of every layer for one image, and the probabilities of the classes.

Example:
  python -m experiments.activations --run_dir=runs/first --index=7
  python -m experiments.activations --run_dir=runs/first --image=my_digit.png
"""

import numpy as np

import tfcnn
from experiments.command_line import program, run_flags, shown_image
from tfcnn.model.finite import check_finite
from tfcnn.pixels import as_floats

RUN = run_flags.RunFlag()
shown_image.define()


def main() -> program.Written:
    """Reads the flags, computes, draws a picture a layer."""
    network = RUN.value.network()
    names = RUN.value.class_names
    shown = shown_image.read(RUN.value, network)
    pixels = as_floats(shown.pixels)
    values = {
        path: value.numpy()[0] for path, value in network.activations(pixels[np.newaxis]).items()
    }
    for path, value in values.items():
        check_finite(value, f"the values of {path}")
    logits = list(values.values())[-1]
    shares = np.exp(tfcnn.inspection.log_probabilities(logits[np.newaxis]))[0]
    best = int(shares.argmax())
    plots, stem = RUN.value.plots, f"activations_{shown.stem}"
    written = [plots / f"{stem}.png"]
    tfcnn.report.draw_decision(pixels, shares, names, written[0], shown.title)
    written += tfcnn.report.draw_activations(values, plots, stem, names)
    print(f"{shown.title}: the network says {names[best]} with {shares[best]:.1%}")
    return written


if __name__ == "__main__":
    program.run(main)

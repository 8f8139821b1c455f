"""Writes a run's network in the format of another tool.

saved_model is a folder for TensorFlow and its servers; onnx a file for ONNX Runtime and others;
tflite one for LiteRT on small devices; npz arrays for NumPy; safetensors this project's own weights
file. onnx needs the package tf2onnx. docs/exchange.md shows how each is read.

With --quantize a tflite file holds smaller numbers, and its accuracy on the run's test images is
told: float16 halves the file; dynamic takes a quarter, weights of 8 bits; int8 computes in 8 bits,
too, in ranges that 500 training images tell.

Example:
  python -m experiments.export --run_dir=runs/first --format=onnx --path=first.onnx
  python -m experiments.export --run_dir=runs/first --format=tflite --quantize=int8 --path=i.tflite
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from experiments.command_line.quiet_tensorflow import notes_dropped
from tfcnn.errors import wrong
from tfcnn.pixels import as_floats
from tfcnn.typing import Float32

RUN = run_flags.RunFlag(draws=False)
FORMAT = flags.DEFINE_enum(
    "format", None, list(tfcnn.exchange.FORMATS), "What to write.", required=True
)
PATH = flag_types.define_path(
    "path", None, "The file to write; for saved_model a new folder.", required=True
)
QUANTIZE = flags.DEFINE_enum(
    "quantize",
    "none",
    ["none", *tfcnn.exchange.QUANTIZATIONS],
    "What the numbers of a tflite file become.",
)
REPRESENTATIVES = 500


def main() -> Sequence[str]:
    """Reads the flags, writes and says where it is."""
    tfcnn.runs.refuse_own_files("path", PATH.value)
    network = RUN.value.network()
    if QUANTIZE.value == "none":
        tfcnn.exchange.export(network, FORMAT.value, PATH.value)
        return [PATH.value]
    if FORMAT.value != "tflite":  # Before the data are loaded.
        raise wrong("quantize", "--format=tflite beside it", FORMAT.value)
    data = RUN.value.data()
    images = representatives(data.train) if QUANTIZE.value == "int8" else None
    with notes_dropped():
        tfcnn.exchange.export(network, "tflite", PATH.value, quantize=QUANTIZE.value, images=images)
        exported = tfcnn.exchange.tflite_logits(PATH.value, as_floats(data.test.images))
    logits = tfcnn.model.all_activations(network, network.layers[-1].name, data.test.images)
    after, before = (np.mean(of.argmax(axis=1) == data.test.labels) for of in (exported, logits))
    print(f"test accuracy: {after:.2%} exported, {before:.2%} before")
    return [PATH.value]


def representatives(split: tfcnn.data.Split) -> Float32:
    """Some images in a random order that is always the same, float32 [count, h, w, c]."""
    order = np.random.default_rng(0).permutation(len(split))
    return as_floats(split.images[order[:REPRESENTATIVES]])


if __name__ == "__main__":
    program.run(main)

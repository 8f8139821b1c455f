"""Writes a run's network in the format of another tool.

saved_model is a folder for TensorFlow and its servers; onnx a file for ONNX Runtime and others;
tflite one for LiteRT on small devices; npz arrays for NumPy; safetensors this project's own weights
file. onnx needs the package tf2onnx. docs/exchange.md shows how each is read.

Example:
  python -m experiments.export --run_dir=runs/first --format=onnx --path=first.onnx
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags

RUN = run_flags.RunFlag(reads_data=False, draws=False)
FORMAT = flags.DEFINE_enum(
    "format", None, list(tfcnn.exchange.FORMATS), "What to write.", required=True
)
PATH = flag_types.define_path(
    "path", None, "The file to write; for saved_model a new folder.", required=True
)


def main() -> Sequence[str]:
    """Reads the flags, writes and says where it is."""
    network = RUN.value.network()
    tfcnn.exchange.export(network, FORMAT.value, PATH.value)
    return [PATH.value]


if __name__ == "__main__":
    program.run(main)

"""How far the logits of every export are from the network's own, on real test images.

    python -m benchmarks.exchange --run_dir=runs/first

Each format is written to a temporary folder and read by its own runtime. The packages that this
takes are in requirements-dev.txt.
"""

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable, Mapping

import numpy as np
from absl import app, flags, logging

import tfcnn
from tfcnn.pixels import as_floats
from tfcnn.report.tables import Table
from tfcnn.typing import Float32

RUN_DIR = flags.DEFINE_string("run_dir", "runs/first", "The folder of a finished run.")
IMAGES = flags.DEFINE_integer("images", 1000, "How many test images, from the first.")


def _saved_model(path: pathlib.Path, images: Float32) -> Float32:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return loaded.signatures["serving"](images=tf.constant(images))["logits"].numpy()


def _onnx(path: pathlib.Path, images: Float32) -> Float32:
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    return session.run(["logits"], {"images": images})[0]


def _npz(path: pathlib.Path, images: Float32) -> Float32:
    return tfcnn.exchange.NumpyNetwork.load(path)(images)


def _safetensors(path: pathlib.Path, images: Float32) -> Float32:
    return tfcnn.model.Network.load(path)(images).numpy()


def _tflite(path: pathlib.Path, images: Float32) -> Float32:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(str(path)).get_signature_runner()(images=images)["logits"]


# Format -> what reads a file of it and gives the logits of images.
RUNTIMES: Mapping[str, Callable[[pathlib.Path, Float32], Float32]] = {
    "saved_model": _saved_model,
    "onnx": _onnx,
    "npz": _npz,
    "safetensors": _safetensors,
    "tflite": _tflite,
}


def main(_: list[str]) -> None:
    logging.set_verbosity(logging.ERROR)
    network = tfcnn.load_run(RUN_DIR.value)
    data = tfcnn.open_run(RUN_DIR.value).data()
    images = as_floats(data.test.images[: IMAGES.value])
    expected = network(images).numpy()
    found = {
        "the network, image by image": np.concatenate(
            [network(images[[i]]) for i in range(len(images))]
        )
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, logits_of in RUNTIMES.items():
            path = pathlib.Path(folder) / f"network.{name}"
            tfcnn.exchange.export(network, name, path)
            found[name] = logits_of(path, images)
        exact = tfcnn.exchange.NumpyNetwork.load(f"{folder}/network.npz")
    double = {path: tensor.astype(np.float64) for path, tensor in exact.tensors.items()}
    found["float64"] = dataclasses.replace(exact, tensors=double)(images.astype(np.float64))
    rows = []
    for name, logits in found.items():
        difference = np.abs(logits - expected).max()
        same = np.mean(logits.argmax(axis=1) == expected.argmax(axis=1))
        relative = difference / np.abs(expected).max()
        rows.append((name, f"{difference:.1e}", f"{relative:.1e}", f"{same:.2%}"))
    print(f"{len(images)} images, logits from {expected.min():.1f} to {expected.max():.1f}")
    header = ("format", "largest difference", "of the largest logit", "same class")
    print(Table(header, tuple(rows)).to_text())


if __name__ == "__main__":
    app.run(main)

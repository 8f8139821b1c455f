"""How far the logits of every export are from the network's own, and what quantising saves.

    python -m benchmarks.exchange --run_dir=runs/first

Real test images. Each format is written to a temporary folder and read by its own runtime. The
quantised forms take turns with the float32 one; a turn is one image after another. The packages
that this takes are in requirements-dev.txt.
"""

import dataclasses
import pathlib
import tempfile
import time
from collections.abc import Callable, Mapping

import numpy as np
from absl import app, flags, logging

import tfcnn
from benchmarks import measuring
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
    with tempfile.TemporaryDirectory() as folder:
        print(agreement(network, as_floats(data.test.images[: IMAGES.value]), pathlib.Path(folder)))
        print(quantised(network, data, pathlib.Path(folder)))


def agreement(network: tfcnn.model.Network, images: Float32, folder: pathlib.Path) -> str:
    """How far every format's logits are from the network's; the files are left in ``folder``."""
    expected = network(images).numpy()
    found = {
        "the network, image by image": np.concatenate(
            [network(images[[i]]) for i in range(len(images))]
        )
    }
    for name, logits_of in RUNTIMES.items():
        path = folder / f"network.{name}"
        tfcnn.exchange.export(network, name, path)
        found[name] = logits_of(path, images)
    exact = tfcnn.exchange.NumpyNetwork.load(folder / "network.npz")
    double = {path: tensor.astype(np.float64) for path, tensor in exact.tensors.items()}
    found["float64"] = dataclasses.replace(exact, tensors=double)(images.astype(np.float64))
    rows = []
    for name, logits in found.items():
        difference = np.abs(logits - expected).max()
        same = np.mean(logits.argmax(axis=1) == expected.argmax(axis=1))
        relative = difference / np.abs(expected).max()
        rows.append((name, f"{difference:.1e}", f"{relative:.1e}", f"{same:.2%}"))
    header = ("format", "largest difference", "of the largest logit", "same class")
    said = f"{len(images)} images, logits from {expected.min():.1f} to {expected.max():.1f}"
    return f"{said}\n{Table(header, tuple(rows)).to_text()}\n"


def quantised(network: tfcnn.model.Network, data: tfcnn.data.Dataset, folder: pathlib.Path) -> str:
    """Size, accuracy on all test images and time of an image of each quantised form."""
    test, files = as_floats(data.test.images), {}
    order = np.random.default_rng(0).permutation(len(data.train))  # As experiments.export does.
    for quantize in (None, *tfcnn.exchange.QUANTIZATIONS):
        name = quantize or "float32"
        files[name] = folder / f"{name}.tflite"
        images = as_floats(data.train.images[order[:500]]) if quantize == "int8" else None
        tfcnn.exchange.export(network, "tflite", files[name], quantize=quantize, images=images)
    logits = {name: RUNTIMES["tflite"](path, test) for name, path in files.items()}
    turns = {name: one_by_one(path, test[: IMAGES.value]) for name, path in files.items()}
    for turn in turns.values():
        turn()  # The first one sets up.
    seconds = measuring.take_turns(turns, "{:.3g} s".format)
    size = files["float32"].stat().st_size
    rows = []
    for name, path in files.items():
        ratios = [one / whole for one, whole in zip(seconds[name], seconds["float32"], strict=True)]
        median, spread = measuring.Spread.of(ratios).cells()
        microseconds, _ = measuring.Spread.of(seconds[name]).cells(".0f", 1e6 / IMAGES.value)
        difference = np.abs(logits[name] - logits["float32"]).max()
        rows.append(
            (
                *(name, f"{path.stat().st_size:,}", f"{path.stat().st_size / size:.2f}"),
                f"{np.mean(logits[name].argmax(axis=1) == data.test.labels):.2%}",
                *(f"{difference:.1e}", microseconds, median, spread),
            )
        )
    measured = "bytes", "size ratio", "accuracy", "difference", "us an image", "time ratio", "range"
    return Table(("quantize", *measured), tuple(rows)).to_text()


def one_by_one(path: pathlib.Path, images: Float32) -> Callable[[], float]:
    """A turn of LiteRT with its defaults, one thread: the seconds that all images take."""
    from ai_edge_litert.interpreter import Interpreter

    classify = Interpreter(str(path)).get_signature_runner()

    def turn() -> float:
        start = time.perf_counter()
        for number in range(len(images)):
            classify(images=images[number : number + 1])
        return time.perf_counter() - start

    return turn


if __name__ == "__main__":
    app.run(main)

"""Where the time of a training goes, operation by operation.

    python -m benchmarks.operations

Trains the default network on MNIST for some hundred steps under TensorFlow's profiler, on all
cores, and adds up what each operation of each layer kept a core busy for.
"""

from __future__ import annotations

import collections
import pathlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf
from absl import app, flags
from tensorflow.tsl.profiler.protobuf import xplane_pb2

import tfcnn
from benchmarks import measuring
from tfcnn.report.tables import Table
from tfcnn.runs.progress import Progress
from tfcnn.training.trainer import Trainer

CALLS = flags.DEFINE_integer("calls", 5, "Of the compiled loop, 64 steps each.", lower_bound=1)

ARCHITECTURE = "simple"
_LEAST_SHARE = 0.01
_LAYER = re.compile(r"/((?:conv|pool|dense|flatten)\d*)(?:_\d+)?/")
_PREFIX = re.compile(r"_Mkl(Native)?")
ALL_LAYERS = "all layers"


def events(folder: pathlib.Path) -> Iterator[tuple[str, float]]:
    """Name and seconds of everything that TensorFlow's threads for operations did."""
    for file in folder.rglob("*.xplane.pb"):
        for plane in xplane_pb2.XSpace.FromString(file.read_bytes()).planes:
            names = {number: about.name for number, about in plane.event_metadata.items()}
            for line in plane.lines:
                if line.name.startswith("tf_Compute"):
                    for event in line.events:
                        yield names[event.metadata_id], event.duration_ps / 1e12


def busy_seconds(named_times: Iterable[tuple[str, float]]) -> dict[tuple[str, str], float]:
    """Adds up by layer and kind of operation.

    Args:
      named_times: Names as the profiler has them, ``PATH:OPERATION``; others are left out.
    """
    seconds: dict[tuple[str, str], float] = collections.defaultdict(float)
    for name, time in named_times:
        path, colon, operation = name.rpartition(":")
        if colon and "/" in path:
            layer = _LAYER.search(path)
            key = layer[1] if layer else ALL_LAYERS
            seconds[key, _PREFIX.sub("", operation)] += time
    return dict(seconds)


def table(seconds: Mapping[tuple[str, str], float], images: int) -> Table:
    """Core-microseconds an image and shares, the largest first, small ones summed up."""
    total = sum(seconds.values())
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    shown = [item for item in ordered if item[1] >= _LEAST_SHARE * total]
    rest = total - sum(time for _, time in shown)
    lines = [*shown, (("everything else", f"{len(ordered) - len(shown)} kinds"), rest)]
    rows = tuple(
        (layer, operation, f"{time / images * 1e6:.1f}", f"{time / total:.1%}")
        for (layer, operation), time in lines
    )
    return Table(("layer", "operation", "core us an image", "share"), rows)


def profile(folder: str, architecture: tfcnn.model.Architecture) -> dict[str, Any]:
    data = tfcnn.data.load("mnist")
    network = tfcnn.model.Network(architecture, (28, 28, 1))
    config = tfcnn.training.TrainConfig()
    trainer, progress = Trainer(network, data, config), Progress()
    trainer.advance(progress)  # Compiles.
    images, seconds = progress.images, progress.seconds
    for call in range(CALLS.value):
        # One long profile slows the training down: what it keeps crowds out the tensors' memory.
        with tf.profiler.experimental.Profile(f"{folder}/{call}"):
            trainer.advance(progress)
    return {"images": progress.images - images, "seconds": progress.seconds - seconds}


def main(_: list[str]) -> None:
    architecture = tfcnn.model.find(ARCHITECTURE)
    cores = tfcnn.distributed.available_cores()
    tfcnn.distributed.use_threads(cores, architecture)
    with tempfile.TemporaryDirectory() as folder:
        figures = profile(folder, architecture)
        seconds = busy_seconds(events(pathlib.Path(folder)))
    print(table(seconds, figures["images"]).to_text())
    busy = sum(seconds.values()) / (cores * figures["seconds"])
    print(f"the {cores} cores were busy with operations for {busy:.0%} of the time")
    rows = [
        {"layer": layer, "operation": operation, "seconds": time}
        for (layer, operation), time in seconds.items()
    ]
    measuring.write_results("operations", {**figures, "busy": rows})


if __name__ == "__main__":
    app.run(main)

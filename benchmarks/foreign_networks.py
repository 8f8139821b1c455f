"""Whether a network keeps its accuracy on the way in: one of PyTorch's and one of Keras's.

    python -m benchmarks.foreign_networks

Each is trained for two short epochs by its own framework, as for ``training_against_peers`` but on
the first 12,000 images of MNIST, and keeps itself in the ways in which people do. Every file is
imported without a map, and its logits of the 10,000 test images are compared with those that the
framework gave.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

import numpy as np
from absl import app

import tfcnn
from benchmarks import measuring
from tfcnn.pixels import as_floats
from tfcnn.report.tables import Table

TRAINED_ON = 12_000
PEERS = pathlib.Path(__file__).parent / "peers"


def train_peers(digits: pathlib.Path, folder: pathlib.Path, peers_python: str) -> dict[str, str]:
    """Has each train and keep its network in a folder of its name; gives their versions."""
    commands = {
        "PyTorch": [peers_python, "pytorch_training.py", str(digits), "64", "1", "NCHW"],
        "Keras": [sys.executable, "keras_training.py", str(digits), "64"],
    }
    versions = {}
    for name, (python, script, *arguments) in commands.items():
        (folder / name).mkdir()
        command = [python, str(PEERS / script), *arguments, str(folder / name)]
        versions[name] = measuring.run_json(command)["version"]
    return versions


def compare(path: pathlib.Path, images: np.ndarray, labels: np.ndarray) -> tuple[str, ...]:
    """Imports a file: right by its framework and here, and how far apart the logits are.

    Raises:
      RuntimeError: Another number of test images is right than before.
    """
    imported = tfcnn.exchange.import_weights(path, tfcnn.model.find("simple"), (28, 28, 1))
    theirs = np.load(path.parent / "logits.npy")
    ours = np.concatenate([imported.network(part).numpy() for part in np.split(images, 20)])
    right = [int(np.sum(logits.argmax(axis=1) == labels)) for logits in (theirs, ours)]
    if right[0] != right[1]:
        raise RuntimeError(f"{path.name}: expected {right[0]} right, found {right[1]}")
    farthest = np.abs(ours - theirs).max()
    return (*map(str, right), f"{farthest:.1e}", f"{farthest / np.abs(theirs).max():.1e}")


def main(_: list[str]) -> None:
    peers_python = measuring.peers_python("benchmarks/.venv-training")
    paths = "import sysconfig, json; print(json.dumps(sysconfig.get_paths()))"
    # Here is no PyTorch, so that of the peers reads its files; nothing else comes from there.
    sys.path.append(measuring.run_json([peers_python, "-c", paths])["purelib"])
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        digits = folder / "digits.npz"
        measuring.write_digits(digits, TRAINED_ON)
        data = tfcnn.data.load("mnist")
        images, labels = as_floats(data.test.images), data.test.labels
        versions = train_peers(digits, folder, peers_python)
        for peer, version in versions.items():
            for path in sorted((folder / peer).glob("*.*")):
                if path.name != "logits.npy":
                    rows.append((version, path.name, *compare(path, images, labels)))
    header = ("trained by", "file", "right there", "right here", "largest difference", "of largest")
    print(Table(header, tuple(rows)).to_text())


if __name__ == "__main__":
    app.run(main)

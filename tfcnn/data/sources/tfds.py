"""Data sets that tensorflow-datasets (TFDS) has prepared, or can download and prepare."""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
from types import ModuleType
from typing import Any

from tfcnn.data.sources import client, reachable
from tfcnn.data.sources.source import UnavailableError

# Where TFDS downloads from; known here so that a machine without internet need not import it.
_SERVERS = {
    "mnist": "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
    "fashion_mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    "train-images-idx3-ubyte.gz",
}

# With no example to write, TFDS downloads and stops. That is the part that can hang, and so it
# runs in a process that can be ended; the prepared directory it leaves is empty and thrown away.
_DOWNLOAD = """
import sys
import tensorflow_datasets as tfds
name, folder = sys.argv[1:]
tfds.builder(name, data_dir=folder + "/empty").download_and_prepare(
    download_dir=folder + "/downloads",
    download_config=tfds.download.DownloadConfig(max_examples_per_split=0),
)
"""


def default_folder() -> pathlib.Path:
    """Gives the `data_dir` that TFDS itself uses by default, without importing it."""
    chosen = os.environ.get("TFDS_DATA_DIR")
    return pathlib.Path(chosen) if chosen else pathlib.Path.home() / "tensorflow_datasets"


def base_name(name: str) -> str:
    """Gives a name without configuration and version: `emnist/letters:3.1.0` is `emnist`."""
    return name.split("/")[0].split(":")[0]


def import_tfds() -> ModuleType:
    """Imports tensorflow-datasets, which takes seconds and so waits until it is needed.

    Raises:
      UnavailableError: It is not installed, or not whole.
    """
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise UnavailableError(f"tensorflow-datasets cannot be imported: {error}") from error
    return tensorflow_datasets


def prepared(name: str, tfds_dir: pathlib.Path) -> Any:
    """Opens a data set that is prepared in `tfds_dir`.

    Returns:
      Its `tfds.core.DatasetBuilder`.

    Raises:
      UnavailableError: It is not there.
    """
    if not (tfds_dir / base_name(name)).is_dir():
        raise UnavailableError(f"{tfds_dir} holds no {base_name(name)}")
    builder = _builder(name, tfds_dir)
    if not builder.is_prepared():
        raise UnavailableError(f"{builder.data_dir} is not prepared")
    return builder


def _builder(name: str, tfds_dir: pathlib.Path) -> Any:
    module = import_tfds()
    try:
        return module.builder(name, data_dir=tfds_dir)
    except (ValueError, AssertionError, ImportError) as error:  # no such configuration or version
        raise UnavailableError(f"tensorflow-datasets does not open {name}: {error}") from error


def download(name: str, tfds_dir: pathlib.Path, *, progress: bool) -> Any:
    """Lets TFDS download a data set and prepare it in `tfds_dir`.

    Returns:
      Its `tfds.core.DatasetBuilder`.

    Raises:
      UnavailableError: The server is out of reach, or the download failed or stalled.
    """
    if name in _SERVERS:
        reachable.check(_SERVERS[name])
    module = import_tfds()
    if not progress:
        module.disable_progress_bar()
    builder = _builder(name, tfds_dir)
    if name not in _SERVERS and builder.url_infos:
        reachable.check(next(iter(builder.url_infos)))
    try:
        tfds_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tfds_dir, ignore_cleanup_errors=True) as folder:
            client.run(
                [sys.executable, "-c", _DOWNLOAD, name, folder],
                pathlib.Path(folder),
                title=f"{name} by tensorflow-datasets",
                progress=progress,
            )
            builder.download_and_prepare(download_dir=f"{folder}/downloads")
    except OSError as error:
        reason = error.strerror or error
        raise UnavailableError(f"{tfds_dir} is no folder to write to: {reason}") from error
    return builder

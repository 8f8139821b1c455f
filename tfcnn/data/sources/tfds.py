"""Data sets that tensorflow-datasets (TFDS) has prepared, or can download and prepare."""

import os
import pathlib
import sys
import tempfile
from types import ModuleType
from typing import Any

from tfcnn.data.sources import client, reachable
from tfcnn.data.sources.source import UnavailableError, home

# Every prepared directory has it.
_INFO = "dataset_info.json"

# Runs in a process of its own, because TFDS retries a lost connection for minutes and can only be
# stopped from outside. Work shows as growth of a file, as a download does, so that whoever watches
# the folder can tell a process that computes from one that waits.
_PREPARE = """
import sys, threading, time
name, folder = sys.argv[1:]
def show_work():
    seen = 0.0
    with open(folder + "/busy", "wb", buffering=0) as file:
        while True:
            time.sleep(0.5)
            if time.process_time() > seen + 0.1:
                seen = time.process_time()
                file.write(b".")
threading.Thread(target=show_work, daemon=True).start()
import tensorflow_datasets as tfds
tfds.builder(name, data_dir=folder).download_and_prepare(download_dir=folder + "/downloads")
"""


def default_folder() -> pathlib.Path:
    """The ``data_dir`` that TFDS itself uses by default, found without importing it.

    Raises:
      UnavailableError: The user has no home directory.
    """
    chosen = os.environ.get("TFDS_DATA_DIR")
    return pathlib.Path(chosen) if chosen else home("TFDS_DATA_DIR") / "tensorflow_datasets"


def base_name(name: str) -> str:
    """A name without configuration and version: ``emnist/letters:3.1.0`` is ``emnist``."""
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


def prepared(name: str, tfds_dir: pathlib.Path | None) -> Any:
    """Opens a data set that is prepared in ``tfds_dir``; None is TFDS's own folder.

    Returns:
      Its ``tfds.core.DatasetBuilder``.

    Raises:
      UnavailableError: It is not there.
    """
    tfds_dir = tfds_dir or default_folder()
    base = base_name(name)
    # Not by glob, which before Python 3.12 fails at a folder that vanishes.
    files = (name for _, _, names in os.walk(tfds_dir / base) for name in names)
    if not base.isidentifier() or _INFO not in files:
        raise UnavailableError(f"{tfds_dir} holds no {base}")
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


def download(
    name: str, tfds_dir: pathlib.Path | None, server: str | None = None, *, progress: bool
) -> Any:
    """Lets TFDS download a data set and prepare it.

    Args:
      name: The data set's name.
      tfds_dir: The ``data_dir`` to write to; None is TFDS's own.
      server: Where TFDS downloads from, so that a machine without internet need not import it.
      progress: Whether to show a progress bar.

    Returns:
      Its ``tfds.core.DatasetBuilder``.

    Raises:
      UnavailableError: The server is out of reach, or the download failed or stalled.
    """
    tfds_dir = tfds_dir or default_folder()
    if server is None:
        server = next(iter(_builder(name, tfds_dir).url_infos or ()), None)
    if server is not None:
        reachable.check(server)
    try:
        tfds_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tfds_dir, ignore_cleanup_errors=True) as folder:
            command = [sys.executable, "-c", _PREPARE, name, folder]
            work, title = pathlib.Path(folder), f"{name} by tensorflow-datasets"
            client.run(command, work, title=title, progress=progress)
            _move_prepared(work, tfds_dir, base_name(name))
    except OSError as error:
        raise UnavailableError(f"{tfds_dir}: {error.strerror}") from error
    return prepared(name, tfds_dir)


def _move_prepared(folder: pathlib.Path, tfds_dir: pathlib.Path, base: str) -> None:
    """Moves what was prepared in ``folder`` to its place, unless another process was faster."""
    for info in list((folder / base).glob(f"**/{_INFO}")):
        place = tfds_dir / info.parent.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            info.parent.rename(place)
        except OSError:
            if not place.exists():
                raise

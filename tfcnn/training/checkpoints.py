"""Checkpoints: what a resume needs, in folders that are whole or absent.

Each is a folder ``checkpoints/step-00000938`` with the files of ``tf.train.Checkpoint`` and a
``manifest.json`` that lists their SHA-256 and says how far the training was.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.json_files import read_json, write_json
from tfcnn.training.progress import Progress, progress_from_json
from tfcnn.training.run_directory import RunDirectory, load_run

_NAME = re.compile(r"step-(\d{8,12})")
_PREFIX = "state"
_MANIFEST = "manifest.json"


def save(folder: pathlib.Path, state: tf.train.Checkpoint, progress: Progress) -> pathlib.Path:
    """Writes a checkpoint into ``folder`` and returns its path.

    It is written beside its place and moved there, so a folder with the final name is whole.

    Args:
      folder: The run's ``checkpoints`` folder.
      state: All variables that a resume needs.
      progress: Where the training stands.
    """
    final = folder / f"step-{progress.step:08d}"
    partial = folder / f".partial-{final.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    state.write(str(partial / _PREFIX))
    files = {path.name: _sha256(path) for path in sorted(partial.iterdir())}
    write_json(partial / _MANIFEST, {"files": files, "progress": progress.to_json()})
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    return final


def find(folder: pathlib.Path) -> list[pathlib.Path]:
    """The checkpoints in ``folder``, oldest first."""
    if not folder.is_dir():
        return []
    named = {path: _NAME.fullmatch(path.name) for path in folder.iterdir()}
    return sorted(
        (path for path, match in named.items() if match),
        key=lambda path: int(path.name.partition("-")[2]),
    )


def restore(checkpoint: pathlib.Path, state: tf.train.Checkpoint) -> Progress:
    """Sets every variable of ``state`` from a checkpoint that ``save`` wrote.

    Returns:
      Where the training stood.

    Raises:
      InputError: A file is missing or differs from what was written, or a variable is missing.
    """
    progress = _verified(checkpoint)
    try:
        state.read(str(checkpoint / _PREFIX)).assert_consumed()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{checkpoint}: expected this network's state, found {reason}") from None
    return progress


def read_states(
    run_dir: str | os.PathLike[str],
) -> list[tuple[int, dict[str, npt.NDArray[np.float32]]]]:
    """The network at every checkpoint of a run, oldest first.

    Returns:
      (steps taken, path -> float32 array as ``Network.tensors`` gives it) for each checkpoint.

    Raises:
      InputError: The run has no checkpoints, or one is damaged.
    """
    run = RunDirectory.at(run_dir)
    found = find(run.checkpoints)
    if not found:
        raise InputError(f"run_dir: expected checkpoints in {run.checkpoints}, found none")
    network = load_run(run_dir)
    states = []
    for checkpoint in found:
        progress = _verified(checkpoint)
        status = tf.train.Checkpoint(network=network).read(str(checkpoint / _PREFIX))
        status.expect_partial().assert_existing_objects_matched()  # The optimizer's slots stay out.
        states.append((progress.step, network.tensors()))
    return states


def _verified(checkpoint: pathlib.Path) -> Progress:
    """The progress in a checkpoint's manifest, after a look at every file's SHA-256."""
    manifest = read_json(checkpoint / _MANIFEST)
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        raise InputError(f"{checkpoint / _MANIFEST}: expected the files' SHA-256, found none")
    for name, expected in files.items():
        path = checkpoint / pathlib.PurePath(name).name
        found = _sha256(path) if path.is_file() else "no file"
        if found != expected:
            raise InputError(f"{path}: expected SHA-256 {expected}, found {found}")
    return progress_from_json(manifest.get("progress"), str(checkpoint / _MANIFEST))


def _sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

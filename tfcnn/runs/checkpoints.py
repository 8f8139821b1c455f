"""Checkpoints: what a resume needs, in folders that are whole or absent.

Each is a folder ``checkpoints/step-00000938`` with the files of ``tf.train.Checkpoint``, a
``progress.json`` that says how far the training was, and a ``manifest.json`` with the SHA-256 of
all of them.
"""

import contextlib
import pathlib
import re
from collections.abc import Iterator

import tensorflow as tf

from tfcnn.atomic_files import clear_unfinished, new_folder, remove_folder
from tfcnn.errors import InputError, wrong
from tfcnn.json_files import read_json, write_json
from tfcnn.model.finite import check_network_values
from tfcnn.model.network import Network
from tfcnn.regular_files import sha256_of
from tfcnn.runs.metrics import best_epoch
from tfcnn.runs.progress import Progress, progress_from_json

_NAME = re.compile(r"step-(\d{8,12})")
_PREFIX = "state"
_MANIFEST = "manifest.json"
_PROGRESS = "progress.json"
_DAMAGED = "damaged-"
_KIND = "a file of a checkpoint"
_MOST_BYTES = 2**35  # Weights, and as much again for what an optimizer keeps of each, and more.


def save(folder: pathlib.Path, state: tf.train.Checkpoint, progress: Progress) -> pathlib.Path:
    """Writes a checkpoint into ``folder`` and returns its path.

    It is written beside its place and moved there, so a folder with the final name is whole.

    Args:
      folder: The run's ``checkpoints`` folder.
      state: All variables that a resume needs.
      progress: Where the training stands.
    """
    final = folder / _name_of(progress.step)
    with new_folder(final, replace=True) as partial:
        state.write(str(partial / _PREFIX))
        write_json(partial / _PROGRESS, progress.to_json())
        files = {
            path.name: sha256_of(path, _MOST_BYTES, _KIND) for path in sorted(partial.iterdir())
        }
        write_json(partial / _MANIFEST, {"files": files})
    return final


def find(folder: pathlib.Path) -> list[pathlib.Path]:
    """The checkpoints in ``folder``, oldest first."""
    if not folder.is_dir():
        return []
    named = {path: _NAME.fullmatch(path.name) for path in folder.iterdir()}
    return sorted((path for path, match in named.items() if match), key=_step_of)


def has_any(folder: pathlib.Path) -> bool:
    """Whether there is a checkpoint in ``folder``, be it one that was set aside."""
    return bool(find(folder)) or any(folder.glob(f"{_DAMAGED}*"))


def restore(checkpoint: pathlib.Path, state: tf.train.Checkpoint) -> Progress:
    """Sets every variable of ``state`` from a checkpoint that ``save`` wrote.

    Returns:
      Where the training stood.

    Raises:
      InputError: A file is missing or differs from what was written, or a variable is missing.
    """
    progress = _verified(checkpoint)
    with _naming_what_does_not_fit(checkpoint):
        state.read(str(checkpoint / _PREFIX)).assert_consumed()
    return progress


def restore_newest(folder: pathlib.Path, state: tf.train.Checkpoint) -> tuple[Progress, list[str]]:
    """Sets ``state`` from the newest checkpoint that is whole, and renames newer ones.

    Returns:
      Where the training stood, and a line for each damaged checkpoint: what is wrong with it, and
      its new name.

    Raises:
      InputError: No checkpoint is whole; then none is set aside.
    """
    found = find(folder)
    errors: list[str] = []
    for number, checkpoint in reversed(list(enumerate(found))):
        try:
            progress = restore(checkpoint, state)
        except InputError as error:
            errors.append(str(error))
            continue
        newer = reversed(found[number + 1 :])
        return progress, [
            f"{error}; set aside as {_set_aside(damaged)}"
            for error, damaged in zip(errors, newer, strict=True)
        ]
    raise InputError(
        f"run_dir: expected a checkpoint that is whole in {folder}, found {len(found)} that are "
        f"not; the newest: {errors[0] if errors else 'none'}"
    )


def prune(folder: pathlib.Path, keep: int, spared: set[int]) -> None:
    """Removes all but the last ``keep`` checkpoints, and what a killed process left unfinished.

    Args:
      folder: The run's ``checkpoints`` folder.
      keep: At least 1.
      spared: Steps whose checkpoints stay, however old.
    """
    for checkpoint in find(folder)[:-keep]:
        if _step_of(checkpoint) not in spared:
            remove_folder(checkpoint)
    clear_unfinished(folder)


def find_some(folder: pathlib.Path) -> list[pathlib.Path]:
    """As ``find``, where there have to be some.

    Raises:
      InputError: There are none.
    """
    found = find(folder)
    if not found:
        raise wrong("run_dir", f"checkpoints in {folder}", "none")
    return found


def best_of(folder: pathlib.Path) -> pathlib.Path | None:
    """The checkpoint after the epoch that did best on the images held out; None if none were.

    Raises:
      InputError: There are no checkpoints, or the last one is damaged.
    """
    best = best_epoch(_verified(find_some(folder)[-1]).history)
    return None if best is None else folder / _name_of(best.step)


def read_network(checkpoint: pathlib.Path, network: Network) -> Progress:
    """Sets a network's variables from a checkpoint, and leaves the optimizer's out.

    Returns:
      Where the training stood.

    Raises:
      InputError: The checkpoint is damaged or another network's, or a weight is not finite.
    """
    progress = _verified(checkpoint)
    with _naming_what_does_not_fit(checkpoint):
        status = tf.train.Checkpoint(network=network).read(str(checkpoint / _PREFIX))
        status.expect_partial().assert_existing_objects_matched()  # The optimizer's slots stay out.
    check_network_values(network.tensors(), str(checkpoint))
    return progress


@contextlib.contextmanager
def _naming_what_does_not_fit(checkpoint: pathlib.Path) -> Iterator[None]:
    try:
        yield
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise wrong(checkpoint, "this network's state", str(error).splitlines()[0]) from None


def _verified(checkpoint: pathlib.Path) -> Progress:
    """The progress in a checkpoint, after a look at every file's SHA-256."""
    manifest = read_json(checkpoint / _MANIFEST)
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        raise wrong(checkpoint / _MANIFEST, "the files' SHA-256", "none")
    for name, expected in files.items():
        path = checkpoint / name
        if path.name != name or not name.isprintable():
            raise wrong(checkpoint / _MANIFEST, "names of files", repr(name[:60]))
        if (found := sha256_of(path, _MOST_BYTES, _KIND)) != expected:
            told = " ".join(str(expected)[:64].split())
            raise wrong(path, f"SHA-256 {told}", found)
    for path in sorted(checkpoint.glob(f"{_PREFIX}.*")):  # TensorFlow may read any of them.
        if path.name not in files:
            raise wrong(path, f"its SHA-256 in {_MANIFEST}", "none")
    if _PROGRESS not in files:
        raise InputError(f"{checkpoint / _MANIFEST}: expected {_PROGRESS} among the files")
    progress = progress_from_json(read_json(checkpoint / _PROGRESS), str(checkpoint / _PROGRESS))
    if progress.step != _step_of(checkpoint):
        raise InputError(f"{checkpoint}: expected step {progress.step} in the folder's name")
    return progress


def _name_of(step: int) -> str:
    return f"step-{step:08d}"


def _step_of(checkpoint: pathlib.Path) -> int:
    return int(checkpoint.name.partition("-")[2])


def _set_aside(checkpoint: pathlib.Path) -> pathlib.Path:
    """Renames a damaged checkpoint, so that nothing takes it for a good one."""
    target = checkpoint.with_name(_DAMAGED + checkpoint.name)
    number = 1
    while target.exists():
        number += 1
        target = checkpoint.with_name(f"{_DAMAGED}{checkpoint.name}-{number}")
    return checkpoint.rename(target)

"""Running a package manager's client, ended as soon as it makes no more progress."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO

from tqdm import tqdm

from tfcnn.data.sources.source import UnavailableError

# What takes longer shows a progress bar.
BAR_AFTER_SECONDS = 2.0
# A source may take 15 s to say no; the rest is for the client's start and end.
NO_PROGRESS_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.2


def run(
    command: Sequence[str],
    folder: pathlib.Path,
    *,
    title: str,
    progress: bool,
    output: pathlib.Path | None = None,
) -> None:
    """Runs a client that downloads into ``folder``, with a progress bar if it takes long.

    Progress is the growth of the files in ``folder``: a slow download goes on, one that stalls for
    ``NO_PROGRESS_SECONDS`` is ended with all the processes it started.

    Args:
      command: The program and its arguments; no shell sees them.
      folder: Where the client works; also its temporary folder.
      title: What the progress bar says.
      progress: Whether to show the bar.
      output: A file for what the client writes to its standard output.

    Raises:
      UnavailableError: The client is missing, failed, or made no progress.
    """
    program = shutil.which(command[0])
    if program is None:
        raise UnavailableError(f"no program {command[0]} on this machine")
    with contextlib.ExitStack() as files:
        # Not in ``folder``: complaints are no progress.
        complaints = files.enter_context(tempfile.TemporaryFile())
        with subprocess.Popen(
            [program, *command[1:]],
            cwd=folder,
            env=os.environ | {"TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=files.enter_context(output.open("wb")) if output else complaints,
            stderr=complaints,
            start_new_session=True,
        ) as process:
            try:
                ended = _watch(process, folder, title, progress)
            finally:
                _end_group(process)
        name = pathlib.Path(command[0]).name
        if not ended:
            raise UnavailableError(f"{name} made no progress for {NO_PROGRESS_SECONDS:g} s")
        if process.returncode != 0:
            raise UnavailableError(f"{name} failed: {_last_words(complaints)}")


def only_file(folder: pathlib.Path, pattern: str) -> pathlib.Path:
    """The one file that a client left in ``folder``.

    Raises:
      UnavailableError: There is none, or more than one.
    """
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise UnavailableError(f"expected one downloaded {pattern}, found {len(found)}")
    return found[0]


def _watch(
    process: subprocess.Popen[bytes], folder: pathlib.Path, title: str, progress: bool
) -> bool:
    """Waits for the process; tells whether it ended by itself."""
    seen, last_growth = 0, time.monotonic()
    with tqdm(
        desc=title, unit="B", unit_scale=True, delay=BAR_AFTER_SECONDS, disable=not progress
    ) as bar:
        while process.poll() is None:
            size = _folder_size(folder)
            if size != seen:
                seen, last_growth = size, time.monotonic()
            elif time.monotonic() - last_growth > NO_PROGRESS_SECONDS:
                return False
            bar.update(max(size - bar.n, 0))
            time.sleep(_LOOK_EVERY_SECONDS)
        bar.update(max(_folder_size(folder) - bar.n, 0))
    return True


def _folder_size(folder: pathlib.Path) -> int:
    """The bytes of all files below ``folder``, which come and go meanwhile."""
    total = 0
    # Not by rglob, which before Python 3.12 fails at a folder that vanishes.
    for inner, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += pathlib.Path(inner, name).lstat().st_size
    return total


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all it started, if any is left; on Windows the process alone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _last_words(complaints: IO[bytes]) -> str:
    """The last line of a client's output that says something."""
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size - 4096))
    lines = complaints.read().decode(errors="replace").split("\n")
    spoken = [line.strip() for line in lines if line.strip()]
    return spoken[-1][:300] if spoken else "without a word"

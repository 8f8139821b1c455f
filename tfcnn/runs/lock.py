"""One training at a time in a run directory."""

import contextlib
import datetime
import os
import pathlib
import platform

import filelock

from tfcnn.atomic_files import write_text
from tfcnn.errors import InputError
from tfcnn.regular_files import read_regular
from tfcnn.runs.directory import locked_file

_MOST_BYTES = 1000  # Of the text that says who has the lock.


class RunLock:
    """A file that says which process has the folder, beside one that only that process can lock.

    The system lets go of the second one when the process ends, however it ends. A text that is
    left behind was therefore left by a process that was killed.

    The text is no part of the locked file, as on Windows nobody else may read that.
    """

    def __init__(self, path: pathlib.Path) -> None:
        """Nothing is locked yet.

        Args:
          path: The file with the text; the other one is ``locked_file(path)``.
        """
        self._path = path
        self._locked = locked_file(path)
        self._lock = filelock.FileLock(self._locked, blocking=False, thread_local=False)

    def acquire(self) -> str | None:
        """Takes the lock, and writes down who has it.

        Returns:
          Who left the text behind, if anybody did; else None.

        Raises:
          InputError: Another training has it.
          OSError: The files cannot be made.
        """
        self._take()
        left_by = self._read()
        since = datetime.datetime.now().isoformat(" ", timespec="seconds")
        try:
            write_text(self._path, f"process {os.getpid()} on {platform.node()} since {since}")
        except BaseException:
            self._let_go()
            raise
        return left_by or None

    def release(self) -> None:
        """Removes the files and lets go, if it is held."""
        if self._lock.is_locked:
            self._path.unlink(missing_ok=True)
            self._let_go()

    def _take(self) -> None:
        while True:
            try:
                self._lock.acquire()
            except filelock.Timeout:
                if not self._locked.exists():
                    continue  # Its last holder removed it between our opening and our locking it.
                raise InputError(
                    f"run_dir: expected no other training in {self._path.parent}, found "
                    f"{self._read() or 'one that has just begun'}"
                ) from None
            return

    def _let_go(self) -> None:
        # While it is held: whoever has opened it by now finds that it has no name, and tries anew.
        # Windows removes no open file; there the library does it, as long as nobody has it open.
        with contextlib.suppress(PermissionError):
            self._locked.unlink(missing_ok=True)
        self._lock.release()

    def _read(self) -> str:
        try:
            return read_regular(self._path, _MOST_BYTES).decode("utf-8", errors="replace")
        except InputError:
            return ""

"""One training at a time in a run directory."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import pathlib
import platform

from tfcnn.errors import InputError


class RunLock:
    """A file that one process at a time can hold.

    The system lets go of it when the process ends, however it ends. A file that is left behind
    was therefore left by a process that was killed.
    """

    def __init__(self, path: pathlib.Path) -> None:
        """Nothing is locked yet."""
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> str | None:
        """Takes the lock, and writes into the file who has it.

        Returns:
          Who left the file behind, if anybody did; else None.

        Raises:
          InputError: Another training has it.
          OSError: The file cannot be made.
        """
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            with contextlib.ExitStack() as unless_held:
                unless_held.callback(os.close, descriptor)
                self._lock(descriptor)
                if not self._is_in_place(descriptor):
                    continue  # Its last holder removed it between our two calls.
                left_by = _read(descriptor)
                since = datetime.datetime.now().isoformat(" ", timespec="seconds")
                holder = f"process {os.getpid()} on {platform.node()} since {since}"
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, holder.encode(), 0)
                unless_held.pop_all()
                self._descriptor = descriptor
                return left_by or None

    def release(self) -> None:
        """Removes the file and lets go, if it is held."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"run_dir: expected no other training in {self._path.parent}, found "
                f"{_read(descriptor) or 'one that has just begun'}"
            ) from None

    def _is_in_place(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False


def _read(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode("utf-8", errors="replace")

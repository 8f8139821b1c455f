"""Ctrl-C, SIGTERM and a closed terminal, held back until a training can stop without a loss."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType

# A second one of these ends the process. Of a closed terminal, shell and kernel may both tell,
# though nobody is in a hurry.
_INSISTENT = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """The training was asked to stop and has saved its state.

    Like KeyboardInterrupt it is no ``Exception``, so that nobody catches it by accident.

    Attributes:
      signal_number: SIGINT, SIGTERM or SIGHUP.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")
        self.signal_number = signal_number


class StopRequest:
    """Says whether a signal has come."""

    signal_number: int | None = None


@contextlib.contextmanager
def hold_back() -> Iterator[StopRequest]:
    """Notes SIGINT, SIGTERM or SIGHUP instead of acting on it.

    A second SIGINT or SIGTERM ends the process. A SIGHUP that is ignored stays so, as after
    ``nohup``.

    Python calls a handler only between two of its own instructions, so not while TensorFlow
    computes. A second signal has to act even then: a thread reads the numbers of the signals from
    the wakeup file descriptor, to which they are written the moment they come.

    Outside the main thread Python allows no signal handlers, and none is set.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        request.signal_number = number

    reading, writing = socket.socketpair()
    writing.setblocking(False)
    watcher = threading.Thread(target=_end_at_the_second, args=(reading,), daemon=True)
    watcher.start()
    numbers = [*_INSISTENT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    previous = {number: signal.signal(number, note) for number in numbers}
    previous_descriptor = signal.set_wakeup_fd(writing.fileno())
    try:
        yield request
    finally:
        signal.set_wakeup_fd(previous_descriptor)
        for number, handler in previous.items():
            signal.signal(number, handler)
        writing.close()
        watcher.join()
        reading.close()


def _end_at_the_second(reading: socket.socket) -> None:
    """Reads the numbers of signals until the other end closes."""
    came = 0
    while received := reading.recv(1):
        if received[0] in _INSISTENT:
            came += 1
            if came == 2:
                os._exit(128 + received[0])
            name = signal.Signals(received[0]).name
            sys.stderr.write(f"\n{name}: stops after the steps under way; a second one at once\n")

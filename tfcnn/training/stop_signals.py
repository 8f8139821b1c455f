"""Ctrl-C and SIGTERM, held back until a training can stop without a loss."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Stopped(BaseException):
    """The training was asked to stop and has saved its state.

    Like KeyboardInterrupt it is no ``Exception``, so that nobody catches it by accident.

    Attributes:
      signal_number: SIGINT or SIGTERM.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")
        self.signal_number = signal_number


class StopRequest:
    """Says whether a signal has come."""

    signal_number: int | None = None


@contextlib.contextmanager
def hold_back() -> Iterator[StopRequest]:
    """Notes the first SIGINT or SIGTERM instead of acting on it; a second one acts at once.

    Outside the main thread Python allows no signal handlers, and none is set.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        request.signal_number = number
        restore()

    for number in previous:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()

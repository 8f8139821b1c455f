"""Ctrl-C, SIGTERM and a closed terminal, held back until a training can stop without a loss."""

from __future__ import annotations

import _thread
import contextlib
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from types import FrameType

# Of a closed terminal; Windows has none. Shell and kernel may both send it, though nobody is in a
# hurry, so a second one is like the first.
HANGUP: int | None = getattr(signal, "SIGHUP", None)
_INSISTENT = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """The training was asked to stop and has saved its state.

    Attributes:
      signal_number: SIGINT, SIGTERM or SIGHUP.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")
        self.signal_number = signal_number


class StopRequest:
    """Says whether a signal has come."""

    signal_number: int | None = None


class _Count:
    """How many insistent signals came, as the thread and the handler know it."""

    read = 0
    _handled = 0
    _answered = 1  # The first one is noted only.
    _reminders = 0
    _echoes = 0  # Of reminders, still to be read.

    def says_another_came(self) -> bool:
        """Called for each that is handled: whether one came that nothing was raised for."""
        self._handled += 1
        came = max(self.read, self._handled - self._reminders)
        if came <= self._answered:
            return False
        self._answered = came
        return True

    def is_new(self) -> bool:
        """Called for each that is read: whether a person sent it."""
        if self._echoes:
            self._echoes -= 1
            return False
        self.read += 1
        return True

    def remind(self, number: signal.Signals) -> None:
        """Has the handler called once more, if one was read that nothing was raised for.

        Python may have handled it together with the one before, when it was not read yet.
        """
        if self.read > self._answered:
            self._reminders += 1
            self._echoes += 1
            _thread.interrupt_main(number)


_at_the_second: Callable[[int], object] | None = None


@contextlib.contextmanager
def second_signal(act: Callable[[int], object]) -> Iterator[None]:
    """In the body, a second signal that is held back calls ``act`` at once, with its number.

    For programs, which may end their process. ``act`` is called from another thread, as TensorFlow
    may compute for minutes in the main one.
    """
    global _at_the_second
    before, _at_the_second = _at_the_second, act
    try:
        yield
    finally:
        _at_the_second = before


@contextlib.contextmanager
def hold_back() -> Iterator[StopRequest]:
    """Notes SIGINT, SIGTERM or SIGHUP instead of acting on it.

    A second SIGINT or SIGTERM raises KeyboardInterrupt as soon as Python goes on, which it does
    when TensorFlow has done the steps under way; in ``second_signal`` it also acts at once.
    A SIGHUP that is ignored stays so, as after ``nohup``.

    Python calls a handler only between two of its own instructions, so not while TensorFlow
    computes, and then once for all signals of a kind. A person wants an answer even then: a thread
    reads the numbers of the signals from the wakeup file descriptor, to which they are written the
    moment they come.

    Outside the main thread Python allows no signal handlers: none is set, and a warning says so.
    """
    request, count = StopRequest(), _Count()

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        request.signal_number = number
        if number in _INSISTENT and count.says_another_came():
            raise KeyboardInterrupt(f"a second {signal.Signals(number).name}")

    with contextlib.ExitStack() as stack:
        if _may_set_handlers():
            for number in (*_INSISTENT, HANGUP):
                if number is not None and _acts_by_python(number):
                    with contextlib.suppress(OSError, ValueError):  # The system refuses this one.
                        stack.callback(signal.signal, number, signal.signal(number, note))
            stack.enter_context(_woken(count))
        else:
            warnings.warn(
                "a training outside the main thread, where Python holds no signal back: Ctrl-C "
                "does not wait until the steps under way are saved",
                RuntimeWarning,
                stacklevel=2,
            )
        yield request


def _may_set_handlers() -> bool:
    """Python lets only the main thread of the main interpreter."""
    try:
        signal.set_wakeup_fd(signal.set_wakeup_fd(-1))
    except ValueError:
        return False
    return True


def _acts_by_python(number: int) -> bool:
    """Whether what a signal does can be replaced and put back, and is not to ignore SIGHUP."""
    handler = signal.getsignal(number)
    return handler is not None and (number != HANGUP or handler != signal.SIG_IGN)


@contextlib.contextmanager
def _woken(count: _Count) -> Iterator[None]:
    """In the body, a thread gets the number of each signal the moment it comes."""
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    watcher = threading.Thread(target=_answer, args=(reading, count), daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(writing.fileno())
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        writing.close()
        watcher.join()
        reading.close()


def _answer(reading: socket.socket, count: _Count) -> None:
    """Reads the numbers of signals until the other end closes."""
    while received := reading.recv(1):
        if received[0] in _INSISTENT and count.is_new():
            if count.read == 2 and _at_the_second:
                _at_the_second(received[0])
            name = signal.Signals(received[0]).name
            _tell(f"\n{name}: stops after the steps under way; a second one at once\n")
            count.remind(signal.Signals(received[0]))


def _tell(line: str) -> None:
    """Writes to stderr, if anybody reads it."""
    with contextlib.suppress(OSError):
        if sys.stderr:
            sys.stderr.write(line)
            sys.stderr.flush()

"""Programs that a program starts: passing signals on to them, and their exit codes."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

# After each of these a training saves. Windows has no SIGHUP.
_SIGNALS = [
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextlib.contextmanager
def signals_forwarded_to(children: Sequence[subprocess.Popen[Any]]) -> Iterator[None]:
    """Gives the signals that end a program to its running children instead.

    What is ignored stays so, as after ``nohup``.

    Args:
      children: In sessions of their own, so that no terminal sends them the same signal again. On
        Windows there are no sessions: all get Ctrl-C from the terminal, and none of us.
    """

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        if sys.platform == "win32" and number == signal.SIGINT:
            return
        for child in children:
            if child.poll() is None:
                child.send_signal(number)

    previous = {
        number: signal.signal(number, forward)
        for number in _SIGNALS
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def exit_code(returncode: int) -> int:
    """The code that a shell gives: 128 and the signal's number for a killed program."""
    return 128 - returncode if returncode < 0 else returncode

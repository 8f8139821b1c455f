from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from tfcnn.training.stop_signals import Stopped, hold_back

NUMBERS = [signal.SIGINT, signal.SIGTERM]
COMPUTES = """
import hashlib
from tfcnn.training.stop_signals import hold_back
with hold_back() as stop:
    print("ready", flush=True)
    # Like TensorFlow's work: the main thread runs none of Python's instructions, and no handler.
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**8)
"""


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_is_noted(number, capsys):
    with hold_back() as stop:
        assert stop.signal_number is None
        signal.raise_signal(number)
        assert stop.signal_number == number
    name = signal.Signals(number).name
    told = f"\n{name}: stops after the steps under way; a second one at once\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("number", NUMBERS)
def test_the_second_signal_ends_the_process_though_python_is_busy(number):
    with subprocess.Popen(
        [sys.executable, "-c", COMPUTES], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert b"a second one at once" in process.stderr.readline() + process.stderr.readline()
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait() == 128 + number  # At the end of the work it would be 0.


@pytest.fixture
def hangup():
    """Sets what SIGHUP does, and in the end back what it did."""
    before = signal.getsignal(signal.SIGHUP)
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    signal.signal(signal.SIGHUP, before)


def test_a_closed_terminal_is_noted_however_often_it_is_told(hangup, capsys):
    hangup(signal.SIG_DFL)
    with hold_back() as stop:
        for _ in range(3):  # The shell and the kernel both tell it.
            signal.raise_signal(signal.SIGHUP)
        assert stop.signal_number == signal.SIGHUP
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL
    assert capsys.readouterr().err == ""  # Nobody is there to read it.


def test_a_closed_terminal_is_ignored_after_nohup(hangup):
    hangup(signal.SIG_IGN)
    with hold_back() as stop:
        signal.raise_signal(signal.SIGHUP)
        assert stop.signal_number is None
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_handlers_are_put_back_even_after_an_error():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(RuntimeError), hold_back():
        assert signal.getsignal(signal.SIGINT) is not before[0]
        raise RuntimeError
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_another_thread_sets_no_handlers():
    found = []

    def work():
        before = signal.getsignal(signal.SIGINT)
        with hold_back() as stop:
            found.append((stop.signal_number, signal.getsignal(signal.SIGINT) is before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, True)]


def test_stopped_passes_by_except_exception():
    stopped = Stopped(signal.SIGTERM)
    assert (str(stopped), stopped.signal_number) == ("stopped by SIGTERM", 15)
    assert not isinstance(stopped, Exception)

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from tfcnn.training import stop_signals
from tfcnn.training.stop_signals import Stopped, hold_back, second_signal

NUMBERS = [signal.SIGINT, signal.SIGTERM]
COMPUTES = """
import hashlib, os
from tfcnn.training.stop_signals import hold_back, second_signal
with second_signal(lambda number: os._exit(128 + number)), hold_back():
    print("ready", flush=True)
    # Like TensorFlow's work: the main thread runs none of Python's instructions, and no handler.
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**8)
"""
BUSY_THEN_WAITS = """
import hashlib, threading
from tfcnn.training.stop_signals import hold_back
with hold_back():
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**7)
    threading.Event().wait()
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


@pytest.mark.parametrize("number", NUMBERS)
def test_in_a_library_the_second_signal_raises(number):
    told = f"^a second {signal.Signals(number).name}$"
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt, match=told) as caught, hold_back() as stop:
        signal.raise_signal(number)
        assert stop.signal_number == number
        signal.raise_signal(number)
    assert not isinstance(caught.value, Stopped)  # Which says that all is saved.
    assert signal.getsignal(number) == before


def test_what_the_second_signal_does_is_put_back():
    acted = []
    with second_signal(acted.append), pytest.raises(KeyboardInterrupt), hold_back():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert acted == [signal.SIGINT]
    with pytest.raises(KeyboardInterrupt), hold_back():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert acted == [signal.SIGINT]


def test_the_second_signal_raises_though_python_handles_both_at_once():
    with subprocess.Popen(
        [sys.executable, "-c", BUSY_THEN_WAITS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline() == b"\n"
            assert b"a second one at once" in process.stderr.readline()
        assert process.stderr.read().endswith(b"KeyboardInterrupt: a second SIGINT\n")


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


def test_another_thread_sets_no_handlers_and_says_so(recwarn):
    found = []

    def work():
        before = signal.getsignal(signal.SIGINT)
        with hold_back() as stop:
            found.append((stop.signal_number, signal.getsignal(signal.SIGINT) is before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, True)]
    assert str(recwarn.pop(RuntimeWarning).message).startswith("a training outside the main thread")


def test_signals_that_a_system_refuses_or_has_not_got_are_left_out(monkeypatch):
    """As on Windows, which has no SIGHUP, and where a host program may have taken SIGTERM."""
    set_handler, before = signal.signal, signal.getsignal(signal.SIGTERM)

    def refuse(number, handler):
        if number == signal.SIGTERM:
            raise ValueError("signal number not allowed")
        return set_handler(number, handler)

    monkeypatch.setattr(signal, "signal", refuse)
    monkeypatch.setattr(stop_signals, "HANGUP", None)
    with hold_back() as stop:
        assert signal.getsignal(signal.SIGTERM) == before
        signal.raise_signal(signal.SIGINT)
        assert stop.signal_number == signal.SIGINT


def test_stderr_that_nobody_reads_ends_nothing(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        for stream in (None, closed):
            acted = []
            monkeypatch.setattr(sys, "stderr", stream)
            with pytest.raises(KeyboardInterrupt), second_signal(acted.append), hold_back():
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            assert acted == [signal.SIGINT]
        with contextlib.suppress(BrokenPipeError):
            closed.close()


def test_stopped_is_an_interrupt_and_passes_by_except_exception():
    stopped = Stopped(signal.SIGTERM)
    assert (str(stopped), stopped.signal_number) == ("stopped by SIGTERM", 15)
    assert isinstance(stopped, KeyboardInterrupt)
    assert not isinstance(stopped, Exception)

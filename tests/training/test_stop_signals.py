from __future__ import annotations

import signal
import threading

import pytest

from tfcnn.training.stop_signals import Stopped, hold_back


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_noted_and_the_second_acts(number):
    acted = []
    before = signal.signal(number, lambda *_: acted.append("old handler"))
    try:
        with hold_back() as stop:
            assert stop.signal_number is None
            signal.raise_signal(number)
            assert (stop.signal_number, acted) == (number, [])
            signal.raise_signal(number)
            assert acted == ["old handler"]
    finally:
        signal.signal(number, before)


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

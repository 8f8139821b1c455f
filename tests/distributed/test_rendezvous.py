from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
import types

import pytest

from tfcnn.distributed import rendezvous
from tfcnn.distributed.cluster import Cluster
from tfcnn.distributed.rendezvous import PeerLostError, meet
from tfcnn.errors import InputError


@pytest.fixture
def clock(monkeypatch):
    """Stands in for the module ``time`` there: it passes only while somebody sleeps."""
    now = types.SimpleNamespace(seconds=0.0)

    def sleep(seconds):
        now.seconds += seconds

    clock = types.SimpleNamespace(monotonic=lambda: now.seconds, sleep=sleep)
    monkeypatch.setattr(rendezvous, "time", clock)
    return clock


def test_all_come_though_one_is_late(kept_addresses, clock):
    addresses, ended = kept_addresses(3), []
    refused, everybody = [threading.Event() for _ in range(2)], threading.Barrier(3)
    numbers = {}

    def sleep(seconds):
        refused[numbers[threading.current_thread()]].set()
        time.sleep(seconds)  # And the clock stands still.

    clock.sleep = sleep

    def come(index):
        if index < 2:
            numbers[threading.current_thread()] = index
        else:
            for event in refused:
                event.wait()
            clock.sleep = time.sleep
        meet(Cluster(addresses, index))
        ended.append(index)

        # As TensorFlow does, each goes on to answer at its own address.
        host, port = addresses[index].split(":")
        with socket.create_server((host, int(port))):
            everybody.wait()

    threads = [threading.Thread(target=come, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [0, 1, 2]


@pytest.mark.usefixtures("clock")
def test_one_who_does_not_come_is_named(kept_addresses):
    addresses = kept_addresses(2)
    expected = f"TF_CONFIG: expected worker 1 at {addresses[1]} to answer within 60 s, found: "
    with pytest.raises(PeerLostError, match=f"^{re.escape(expected)}Connection refused$"):
        meet(Cluster(addresses, 0))


@pytest.mark.usefixtures("clock")
def test_a_name_that_nobody_has_is_told(kept_addresses):
    cluster = Cluster((*kept_addresses(1), "nosuch.invalid:2222"), 0)
    with pytest.raises(PeerLostError, match=r"worker 1 at nosuch\.invalid:2222 to answer within"):
        meet(cluster, 0.1)


def test_an_address_that_is_taken_is_told():
    with socket.create_server(("", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        expected = f"expected a free port for worker 0 at {address}, "
        with pytest.raises(InputError, match=expected):
            meet(Cluster((address, "127.0.0.1:1"), 0))


def test_a_call_that_never_ends_ends_the_process():
    program = (
        "import threading; from tfcnn.distributed.rendezvous import bounded\n"
        "with bounded('fast', 9999): [timer] = threading.enumerate()[1:]\n"
        "timer.join()  # It waits no longer.\n"
        "with bounded('slow', 0.1): threading.Event().wait()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "slow: expected to end within 0 s, found it waiting\n"

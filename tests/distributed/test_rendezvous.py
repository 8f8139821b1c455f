from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from tfcnn.distributed.cluster import Cluster, local_environments, read_cluster
from tfcnn.distributed.rendezvous import PeerLostError, meet
from tfcnn.errors import InputError


@pytest.fixture
def addresses():
    return read_cluster(local_environments(3)[0]).addresses


def test_all_come_though_one_is_late(addresses):
    ended = []

    def come(index, after):
        time.sleep(after)
        meet(Cluster(addresses, index), 10)
        ended.append(index)

        # As TensorFlow does, each goes on to answer at its own address.
        host, port = addresses[index].split(":")
        with socket.create_server((host, int(port))):
            everybody.wait(10)

    everybody = threading.Barrier(3)
    threads = [threading.Thread(target=come, args=(n, 0.3 * (n == 2))) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [0, 1, 2]


def test_one_who_does_not_come_is_named(addresses):
    expected = f"TF_CONFIG: expected worker 1 at {addresses[1]} to answer within 0 s, found: "
    with pytest.raises(PeerLostError, match=f"^{re.escape(expected)}Connection refused$"):
        meet(Cluster(addresses, 0), 0.3)


def test_a_name_that_nobody_has_is_told(addresses):
    cluster = Cluster((addresses[0], "nosuch.invalid:2222"), 0)
    with pytest.raises(PeerLostError, match=r"worker 1 at nosuch\.invalid:2222 to answer within"):
        meet(cluster, 0.1)


def test_an_address_that_is_taken_is_told(addresses):
    port = int(addresses[0].split(":")[1])
    with (
        socket.create_server(("", port)),
        pytest.raises(InputError, match=f"expected a free port for worker 0 at {addresses[0]}, "),
    ):
        meet(Cluster(addresses, 0), 1)


def test_a_call_that_never_ends_ends_the_process():
    program = (
        "import time; from tfcnn.distributed.rendezvous import bounded\n"
        "with bounded('fast', 9): pass\n"
        "with bounded('slow', 0.1): time.sleep(9)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "slow: expected to end within 0 s, found it waiting\n"

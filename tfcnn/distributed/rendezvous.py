"""All workers come together before TensorFlow begins, or say who is missing.

TensorFlow itself waits an hour for a worker that never comes.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator

from tfcnn.distributed.cluster import Cluster, split_address
from tfcnn.errors import InputError

SECONDS = 60.0
_PAUSE = 0.2


class PeerLostError(Exception):
    """Another worker is not there, or no longer; the message names it in one line."""


def meet(cluster: Cluster, seconds: float = SECONDS) -> None:
    """Waits until every other worker answers at its address.

    Each worker listens at its own address and calls all others. When all have answered it stops
    listening and TensorFlow takes the address over, so who is still calling is answered as well.

    Raises:
      InputError: This worker's own address cannot be listened at.
      PeerLostError: A worker does not answer within ``seconds``.
    """
    with _listening(cluster):
        deadline = time.monotonic() + seconds
        for index in range(len(cluster.addresses)):
            if index != cluster.index:
                _call(cluster, index, deadline, seconds)


@contextlib.contextmanager
def bounded(what: str, seconds: float = SECONDS) -> Iterator[None]:
    """Ends the process with exit code 1 if the body takes longer than ``seconds``.

    For calls into TensorFlow that nothing else can end.
    """

    def end() -> None:
        sys.stderr.write(f"{what}: expected to end within {seconds:.0f} s, found it waiting\n")
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def _listening(cluster: Cluster) -> Iterator[None]:
    """Answers every call at this worker's port until the body ends."""
    host, port = split_address(cluster.addresses[cluster.index])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # On all of this machine's addresses: its name may be one that only others know it by.
        listener = socket.create_server(("", port), family=family, backlog=128)
    except OSError as error:
        raise InputError(
            f"TF_CONFIG: expected a free port for {cluster.name_of(cluster.index)}, which this "
            f"process is, found: {error.strerror}"
        ) from None
    with listener:
        yield  # The system itself takes calls until the backlog is full.


def _call(cluster: Cluster, index: int, deadline: float, seconds: float) -> None:
    while True:
        left = deadline - time.monotonic()
        try:
            with socket.create_connection(
                split_address(cluster.addresses[index]), timeout=max(left, _PAUSE)
            ):
                return
        except OSError as error:
            reason = error.strerror or str(error)
        if time.monotonic() + _PAUSE > deadline:
            raise PeerLostError(
                f"TF_CONFIG: expected {cluster.name_of(index)} to answer within {seconds:.0f} s, "
                f"found: {reason}"
            )
        time.sleep(_PAUSE)

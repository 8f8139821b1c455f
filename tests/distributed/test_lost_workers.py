"""Which worker a message names when TensorFlow's own tells it, tells another, or tells none."""

from __future__ import annotations

import re

import pytest
import tensorflow as tf

from tfcnn.distributed.cluster import Cluster
from tfcnn.distributed.rendezvous import PeerLostError
from tfcnn.distributed.strategy import _naming_the_lost

TWO, THREE = ("a:1", "b:2"), ("a:1", "b:2", "c:3")


@pytest.mark.parametrize(
    ("addresses", "index", "error", "message", "told"),
    [
        (
            *(THREE, 0, tf.errors.UnavailableError),
            "/job:worker/replica:0/task:0 heard no heartbeat of /job:worker/replica:0/task:2",
            "lost worker 2 at c:3: it stopped sending heartbeats; ",
        ),
        (
            *(THREE, 1, tf.errors.AbortedError, "task:x /task:0 and /task:2 reset by peer"),
            "lost worker 0 at a:1 and worker 2 at c:3: connection lost; ",
        ),
        (
            *(THREE, 1, tf.errors.DeadlineExceededError, "deadline exceeded"),
            "lost worker 0 at a:1 or worker 2 at c:3: connection lost; ",
        ),
        # Of two there is only one other, whoever is named.
        (TWO, 1, tf.errors.CancelledError, "RPC cancelled", "lost worker 0 at a:1: "),
        (TWO, 0, tf.errors.UnavailableError, "in /task:0, /task:7", "lost worker 1 at b:2: "),
    ],
)
def test_the_lost_are_named(addresses, index, error, message, told):
    with (
        pytest.raises(PeerLostError, match=f"^{re.escape(told)}"),
        _naming_the_lost(Cluster(addresses, index)),
    ):
        raise error(None, None, message)


def test_a_worker_alone_lost_nobody():
    error = tf.errors.UnavailableError(None, None, "a file system went away")
    with pytest.raises(tf.errors.UnavailableError), _naming_the_lost(Cluster(("a:1",), 0)):
        raise error

"""Training on several devices or machines, by TensorFlow's own ``tf.distribute``."""

import contextlib
import os
import re
from collections.abc import Iterator

import tensorflow as tf

from tfcnn.arguments import checked
from tfcnn.distributed import workers
from tfcnn.distributed.cluster import Cluster, read_cluster
from tfcnn.distributed.rendezvous import PeerLostError, bounded, meet
from tfcnn.errors import check_choice, wrong

STRATEGIES = ("none", "mirrored", "multi_worker")

# What an operation of TensorFlow raises when a worker is gone, does not answer or came anew.
_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.UnavailableError,
)


@checked
@contextlib.contextmanager
def strategy_scope(strategy: str) -> Iterator[None]:
    """Makes networks that are created in its body, and trainings, those of all devices together.

    It has to come before TensorFlow's first tensor, and after ``use_threads``.

    Args:
      strategy: ``none``; ``mirrored``: all GPUs of this machine, without a GPU all logical
        processors that TensorFlow was given; ``multi_worker``: the processes that TF_CONFIG
        names, each with its GPUs or its processor.

    Raises:
      InputError: The strategy is unknown, or TF_CONFIG is missing or malformed.
      PeerLostError: With ``multi_worker``: a worker did not come, or was lost in the body.
    """
    check_choice("strategy", strategy, STRATEGIES)
    if strategy == "none":
        yield
    elif strategy == "mirrored":
        gpus = tf.config.list_logical_devices("GPU")
        devices = gpus or tf.config.list_logical_devices("CPU")
        with tf.distribute.MirroredStrategy([device.name for device in devices]).scope():
            yield
    else:
        cluster = read_cluster(os.environ)
        meet(cluster)
        with _naming_the_lost(cluster):
            with bounded("TF_CONFIG: TensorFlow's connecting of all workers"):
                multi_worker = _multi_worker_strategy(cluster)
            with multi_worker.scope():
                yield


@checked
def refuse_differences(choices: str) -> None:
    """Makes sure that all workers were given the same.

    Args:
      choices: Everything that has to be the same, as text.

    Raises:
      InputError: The chief was given something else.
    """
    own_bytes = choices.encode(errors="surrogatepass")
    of_chief = workers.broadcast_bytes(own_bytes).decode(errors="surrogatepass")
    if of_chief != choices:
        lines = zip(of_chief.splitlines(), choices.splitlines(), strict=False)
        expected, found = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        own = f"{found.strip()!r} in worker {workers.own_index()}"
        raise wrong("TF_CONFIG", f"the flags and data of worker 0, {expected.strip()!r}", own)


def _multi_worker_strategy(cluster: Cluster) -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({workers.JOB: list(cluster.addresses)}),
        task_type=workers.JOB,
        task_id=cluster.index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)


@contextlib.contextmanager
def _naming_the_lost(cluster: Cluster) -> Iterator[None]:
    """Tells in one line which worker is gone, where TensorFlow tells it in thirty."""
    try:
        yield
    except _LOST as error:
        message = str(error)
        others = {index for index in range(len(cluster.addresses)) if index != cluster.index}
        tasks = {int(number) for number in re.findall(r"/task:(\d+)", message)} & others
        if not others:
            raise
        # A connection that just ends does not tell whose it was.
        names = [cluster.name_of(index) for index in sorted(tasks or others)]
        lost = " and ".join(names) if tasks else " or ".join(names)
        reason = "it stopped sending heartbeats" if "heartbeat" in message else "connection lost"
        raise PeerLostError(
            f"lost {lost}: {reason}; the run goes on from its last checkpoint when all workers are "
            "started again"
        ) from error

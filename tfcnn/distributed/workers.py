"""What the processes of a training tell each other between steps; a lone process asks nobody."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

JOB = "worker"


def count() -> int:
    """How many processes train together under the strategy in scope."""
    resolver = tf.distribute.get_strategy().cluster_resolver
    return resolver.cluster_spec().num_tasks(JOB) if resolver else 1


def own_index() -> int:
    """Which of them this one is, from 0."""
    resolver = tf.distribute.get_strategy().cluster_resolver
    return resolver.task_id if resolver else 0


def is_chief() -> bool:
    """Whether this process writes the files: the first one does."""
    return own_index() == 0


def all_gather(number: int) -> list[int]:
    """The ``number`` (int32) that each worker gave, in their order; waits until all have called."""
    numbers = np.zeros(count(), np.int32)
    numbers[own_index()] = number
    return [int(value) for value in _sum(numbers)]


def barrier() -> None:
    """Waits until all workers have come here."""
    all_gather(0)


def broadcast_bytes(content: bytes) -> bytes:
    """The chief's ``content``, to all; that of the others is left aside."""
    if count() == 1:
        return content
    chief = is_chief()
    length = int(_sum(np.array([len(content) if chief else 0], np.int64))[0])
    # As whole numbers, whose sum with zeros is the same to the last bit, also that of -0.0.
    words = np.zeros(-(-length // 4), np.int32)
    if chief:
        words = np.frombuffer(content.ljust(4 * len(words), b"\0"), np.int32)
    return _sum(words).tobytes()[:length]


def broadcast_variables(variables: Sequence[tf.Variable]) -> None:
    """Sets the variables, which all workers list in one order, to the chief's values."""
    if count() == 1:
        return
    received = broadcast_bytes(b"".join(variable.numpy().tobytes() for variable in variables))
    for variable in variables:
        old = variable.numpy()
        new = np.frombuffer(received[: old.nbytes], old.dtype).reshape(old.shape)
        variable.assign(new)
        received = received[old.nbytes :]


def _sum(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    if count() == 1:
        return values
    strategy = tf.distribute.get_strategy()
    total = strategy.reduce(tf.distribute.ReduceOp.SUM, tf.constant(values), axis=None)
    return np.asarray(total)

"""What a compiled step needs to run on every replica of the strategy in scope.

Without a ``tf.distribute`` strategy there is one replica, and nothing here adds an operation.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import tensorflow as tf

from tfcnn.distributed import workers
from tfcnn.distributed.shards import Shard
from tfcnn.typing import Array

Result = TypeVar("Result")
Values = TypeVar("Values")


def on_every_replica(function: Callable[..., Result], *arguments: Any) -> Result:
    """Calls ``function`` on every replica; the first one's result, for one that is the same on all.

    Args:
      function: What a replica does.
      arguments: Tensors that all get, or what ``copied_to_devices`` gave.
    """
    strategy = tf.distribute.get_strategy()
    plain = tf.autograph.experimental.do_not_convert(function)
    results = strategy.run(plain, args=arguments)
    return tf.nest.map_structure(lambda part: strategy.experimental_local_results(part)[0], results)


def shard_of_this_replica(parts: int) -> Shard:
    """What the replica that asks computes of every batch, cut into ``parts``."""
    context = tf.distribute.get_replica_context()
    return Shard(parts, context.replica_id_in_sync_group, context.num_replicas_in_sync)


def all_reduce_sum(values: Values) -> Values:
    """The sum over all replicas, in one all-reduce.

    Args:
      values: Tensors, nested in any way, of the same shapes on all. The sum is taken in float32,
        which holds whole numbers up to 2**24.
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return values
    floats = tf.nest.map_structure(lambda value: tf.cast(value, tf.float32), values)
    totals = context.all_reduce(tf.distribute.ReduceOp.SUM, floats)
    return tf.nest.map_structure(lambda total, value: tf.cast(total, value.dtype), totals, values)


def update(variable: tf.Variable, function: Callable[..., None], *arguments: Any) -> None:
    """Calls ``function(*arguments)`` once on each device, where it changes that device's copies.

    Args:
      variable: One of the variables that are changed, whose devices count.
      function: Assigns to variables. Equal arguments keep all copies equal.
      arguments: This replica's tensors.
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        function(*arguments)
        return
    extended = tf.distribute.get_strategy().extended
    extended.update(variable, lambda _, *values: function(*values), args=arguments)


def copied_to_devices(array: Array) -> Any:
    """A constant on each device of this process, to be passed to ``on_every_replica``."""
    strategy = tf.distribute.get_strategy()
    devices = local_replicas()
    if devices == 1:
        return tf.constant(array)

    def copy_for(context: tf.distribute.experimental.ValueContext) -> tf.Tensor:
        place = strategy.extended.worker_devices[context.replica_id_in_sync_group % devices]
        with tf.device(place):
            return tf.constant(array)

    return strategy.experimental_distribute_values_from_function(copy_for)


def local_replicas() -> int:
    """How many replicas this process computes."""
    return tf.distribute.get_strategy().num_replicas_in_sync // workers.count()

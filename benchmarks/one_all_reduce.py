"""Sums gradients over all workers many times and prints the seconds of one sum as a JSON object.

TF_CONFIG=... python -m benchmarks.one_all_reduce --arch=simple
"""

import json
import time

import tensorflow as tf

import tfcnn
from tfcnn.distributed.replicas import all_reduce_sum, on_every_replica

ARCHITECTURE = tfcnn.model.ZOO["simple"]  # Whose gradients.
SUMS = 500


def main() -> None:
    tfcnn.distributed.use_threads(1, ARCHITECTURE)
    with tfcnn.distributed.strategy_scope("multi_worker"):
        network = tfcnn.model.Network(ARCHITECTURE, (28, 28, 1))
        gradients = {path: tf.zeros(weight.shape) for path, weight in network.weights.items()}

        def sum_of_copies(values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            # A loop's variable is on no device; what is summed has to be on one.
            return all_reduce_sum(tf.nest.map_structure(tf.identity, values))

        @tf.function(autograph=False)
        def many_sums(first: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            def once_more(
                count: tf.Tensor, values: dict[str, tf.Tensor]
            ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
                sums = on_every_replica(sum_of_copies, values)
                # An all-reduce forgets the shapes, which a loop has to keep.
                return count + 1, {
                    path: tf.ensure_shape(total, first[path].shape) for path, total in sums.items()
                }

            loop = (lambda count, _: count < SUMS), once_more, (0, first)
            return tf.while_loop(*loop, parallel_iterations=1)[1]

        many_sums(gradients)
        begin = time.perf_counter()
        many_sums(gradients)
        seconds = (time.perf_counter() - begin) / SUMS
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()

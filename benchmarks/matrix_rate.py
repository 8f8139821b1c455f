"""The processor's own rate at a matrix product, the yardstick of all other figures.

    python -m benchmarks.matrix_rate

Prints a JSON object: the median rate of float32 products of 2048 x 2048 on all cores, in GFLOP/s.
"""

import json
import statistics
import time

import tensorflow as tf

SIZE, ROUNDS, PRODUCTS = 2048, 15, 4


def main() -> None:
    left, right = tf.random.normal((2, SIZE, SIZE))

    @tf.function
    def product() -> tf.Tensor:
        return tf.matmul(left, right)

    product()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(PRODUCTS):
            result = product()
        result.numpy()
        rates.append(PRODUCTS * 2 * SIZE**3 / (time.perf_counter() - start) / 1e9)
    print(json.dumps({"gigaflop_per_second": statistics.median(rates)}))


if __name__ == "__main__":
    main()

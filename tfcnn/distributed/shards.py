"""A batch cut into shards, one a replica, and a shard into parts that are computed side by side."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Shard:
    """Which parts of every batch one replica computes; without several replicas, all of them.

    With R replicas of P parts each, a batch has R*P parts, and part n of replica r is part
    ``r*P + n`` of them:

        replica 0, P = 2     replica 1, P = 2     one replica, P = 4
        parts 0 and 1        parts 2 and 3        parts 0 1 2 3

    So several replicas do what one device does with as many parts in all: they take the same
    images and, where the parts divide the batch, the same random numbers.

    Attributes:
      parts: Into how many parts this replica cuts its images, at least 1.
      replica: Which of the replicas this is, from 0.
      replicas: How many work on a batch together, at least 1.
    """

    parts: int = 1
    replica: int | tf.Tensor = 0
    replicas: int = 1

    @property
    def _parts_in_all(self) -> int:
        return self.parts * self.replicas

    def of(self, batch: tf.Tensor) -> tf.Tensor:
        """The rows of ``batch`` [count, ...] that are this replica's: maybe none of a small one."""
        if self.replicas == 1:
            return batch
        count = tf.shape(batch)[0]
        # A batch with fewer images than parts is cut as if it were filled up to one image a part,
        # as `in_parts` does on one device; the shards then end where the real images end.
        filled = tf.maximum(count, self._parts_in_all)
        begin, end = (
            tf.minimum(filled * replica // self.replicas, count)
            for replica in (self.replica, self.replica + 1)
        )
        return batch[begin:end]

    def in_parts(
        self, function: Callable[[int, tf.Tensor], tf.Tensor], own: tf.Tensor
    ) -> tf.Tensor:
        """``function`` of each part of this replica's images, joined along the first axis.

        The parts do not depend on each other, so TensorFlow computes them, and later their
        gradients, at the same time.

        Args:
          function: Takes a part's number in the whole batch and the part, which is never empty.
          own: [count, ...], any count above 0; with several replicas it may be 0.
        """
        if self._parts_in_all == 1:
            return function(0, own)
        count = tf.shape(own)[0]
        # oneDNN's convolution of no image has no channels: add some, and leave their results out.
        lacking = tf.maximum(self.parts - count, 0)
        filled = tf.concat([own, tf.zeros([lacking, *own.shape[1:]], own.dtype)], axis=0)
        edges = [tf.shape(filled)[0] * number // self.parts for number in range(self.parts + 1)]
        results = [
            function(self.replica * self.parts + number, filled[edges[number] : edges[number + 1]])
            for number in range(self.parts)
        ]
        return tf.concat(results, axis=0)[:count]

    def seed_of_part(self, seed: tf.Tensor, number: int) -> tf.Tensor:
        """int32 [2]: what ``seed`` (int32 [2], training and step) is for one part of the batch.

        The second number becomes ``step * parts in all + number``, which no other part of any
        other step has. With one part it is the step itself.
        """
        return tf.stack([seed[0], seed[1] * self._parts_in_all + number])

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tfcnn.distributed.cluster import available_cores
from tfcnn.distributed.threads import parts_of_a_batch, use_threads
from tfcnn.errors import InputError
from tfcnn.model import parse

PLAIN, NORMALIZED = "flatten dense(10,act=linear)", "batchnorm flatten dense(10,act=linear)"
# TensorFlow takes the number of its threads once a process.
PROGRAM = """
import sys
import tensorflow as tf
from tfcnn.model import parse
from tfcnn.distributed.threads import parts_of_a_batch, use_threads
architecture = parse(sys.argv[1])
use_threads(3, architecture)
tf.constant(0)
threading = tf.config.threading
print(threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads(),
      *(parts_of_a_batch(architecture, size, replicas) for size, replicas in
        ((64, 1), (64, 3), (2, 1), (0, 1))), parts_of_a_batch(parse("batchnorm flatten"), 64))
"""


@pytest.mark.parametrize(
    ("text", "expected"), [(PLAIN, "1 3 3 1 2 1 1"), (NORMALIZED, "3 1 1 1 1 1 1")]
)
def test_a_batch_is_cut_into_no_empty_parts_unless_its_images_are_normalised_together(
    text, expected
):
    command = [sys.executable, "-c", PROGRAM, text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_left_alone_nothing_is_cut():
    assert parts_of_a_batch(parse(PLAIN), 64) == 1


def test_it_has_to_come_first_and_be_a_number_of_cores():
    with pytest.raises(InputError, match=r"^count: expected a whole number from 1 .*, found 0$"):
        use_threads(0, parse(PLAIN))
    import tensorflow as tf

    tf.constant(0)
    with pytest.raises(InputError, match="before TensorFlow's first tensor"):
        use_threads(7, parse(PLAIN))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux tells a process's cores")
def test_available_cores_are_those_of_this_process():
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        assert available_cores() == 1
    finally:
        os.sched_setaffinity(0, all_cores)
    assert available_cores() == len(all_cores)

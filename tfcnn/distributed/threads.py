"""How the cores share the work of a training.

TensorFlow's own way is to cut every operation into pieces for all cores. On a small network a
piece then lasts microseconds, and the cores spend half their time waiting for each other. Here each
operation gets one core, and as many parts of a batch go through the network side by side.
"""

from typing import Annotated

import tensorflow as tf

from tfcnn.arguments import checked, whole
from tfcnn.errors import wrong
from tfcnn.model import Architecture, find

_Count = Annotated[int, whole(1, 2**31 - 1)]


@checked
def use_threads(
    count: _Count, architecture: Architecture | str, deterministic: bool = True
) -> None:
    """Tells TensorFlow how to train ``architecture`` on ``count`` cores.

    This holds for the whole process and has to come before TensorFlow's first tensor. Without it
    TensorFlow uses all cores its own way.

    Args:
      count: How many cores, at least 1.
      architecture: What is to be trained, or its text, or a name of the zoo.
      deterministic: Forbids operations whose result depends on the order in which threads finish.

    Raises:
      InputError: ``count`` is below 1, or TensorFlow has already computed something.
    """
    apart = _may_be_cut(architecture)
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1 if apart else count)
        tf.config.threading.set_inter_op_parallelism_threads(count if apart else 1)
    except RuntimeError:
        expected = f"to be set to {count} before TensorFlow's first tensor"
        raise wrong("threads", expected, "that it has computed already") from None
    if deterministic:
        tf.config.experimental.enable_op_determinism()


@checked
def parts_of_a_batch(
    architecture: Architecture | str, images: Annotated[int, whole(0)], replicas: _Count = 1
) -> int:
    """Into how many parts a batch is to be cut: one a core after ``use_threads``, else one.

    Args:
      architecture: What is to be trained, or its text, or a name of the zoo.
      images: How many a replica takes of a full batch: no part is to be empty.
      replicas: How many in this process share its cores.

    Raises:
      InputError: It is no architecture, or a number is too small.
    """
    one_core_an_operation = tf.config.threading.get_intra_op_parallelism_threads() == 1
    if _may_be_cut(architecture) and one_core_an_operation:
        cores = tf.config.threading.get_inter_op_parallelism_threads() // replicas
        return max(1, min(cores, images))
    return 1


def _may_be_cut(architecture: Architecture | str) -> bool:
    return not any(layer.looks_across_batch for layer in find(architecture).layers)

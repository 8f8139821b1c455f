"""Doing without a saving really does without it: a row of the table would else show the noise."""

from __future__ import annotations

import tensorflow as tf

import tfcnn
from benchmarks import savings
from tfcnn.model.forward import TrainingMode
from tfcnn.training.trainer import Trainer


def default_network():
    return tfcnn.model.Network(tfcnn.model.ZOO["simple"], (28, 28, 1))


def rows_by_operation():
    """Operation -> the rows of its outputs, in order, of all that the logits of a step rest on."""

    @tf.function
    def logits(images):
        return default(images, TrainingMode(tf.constant([0, 0])))

    default = default_network()
    graph = logits.get_concrete_function(tf.TensorSpec([None, 28, 28, 1])).graph
    needed, found = [graph.outputs[0].op], {}
    for operation in needed:
        needed += [value.op for value in operation.inputs if value.op not in needed]
    for operation in graph.get_operations():
        if operation in needed and operation.type in ("Conv2D", "MaxPool", "Relu"):
            found.setdefault(operation.type, []).append(operation.outputs[0].shape[1])
    return found


def test_with_all_savings_only_what_is_read_is_computed():
    found = rows_by_operation()
    assert found == {"Conv2D": [24, 10, 3], "MaxPool": [12, 5], "Relu": [12, 5, 3, 100]}


def test_without_trimming_every_pixel_is():
    with savings.SAVINGS["all pixels read"]():
        assert rows_by_operation()["Conv2D"] == [26, 11, 3]


def test_without_late_activation_it_works_on_what_the_pool_reads():
    with savings.SAVINGS["bias and activation before the pool"]():
        assert rows_by_operation()["Relu"] == [24, 10, 3, 100]


def test_without_many_steps_a_call_it_takes_one(sample):
    with savings.SAVINGS["one step a call"]():
        made = Trainer(default_network(), sample, tfcnn.training.TrainConfig(batch_size=16))
    assert made.steps_a_call == 1


def test_a_turn_is_compared_with_its_neighbour():
    # The machine gets twice as slow: what is 10 % longer stays so.
    turns = {savings.ALL: [100.0, 100.0, 200.0, 200.0], "without": [110.0, 110.0, 220.0, 220.0]}
    rows = {row[0]: row[1:] for row in savings.table_of_turns(turns).rows}
    assert rows["without"] == ("165.0", "+10.0%", "+10.0% to +10.0%")

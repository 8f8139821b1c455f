from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.architecture import parse
from tfcnn.model.geometry import geometry, pixels_read
from tfcnn.model.network import Network
from tfcnn.model.zoo import ZOO

SIMPLE = ZOO["simple"]


def row(text, input_shape, name):
    return {row.name: row for row in geometry(parse(text), input_shape)}[name]


# The numbers of the source articles.


def test_the_table_of_the_default_network():
    rows = [
        (row.name, row.output_shape, row.receptive_field, row.stride, row.parameters)
        for row in geometry(SIMPLE, (28, 28, 1))
    ]
    assert rows == [
        ("conv1", (26, 26, 32), (3, 3), (1, 1), 320),
        ("pool1", (13, 13, 32), (4, 4), (2, 2), 0),
        ("conv2", (11, 11, 64), (8, 8), (2, 2), 18_496),
        ("pool2", (5, 5, 64), (10, 10), (4, 4), 0),
        ("conv3", (3, 3, 64), (18, 18), (4, 4), 36_928),
        ("flatten", (576,), (18, 18), (4, 4), 0),
        # Three positions four pixels apart see 18 + 2 * 4 = 26 pixels together.
        ("dense1", (100,), (26, 26), (0, 0), 57_700),
        ("dense2", (10,), (26, 26), (0, 0), 1_010),
    ]


def test_costs_of_the_default_network():
    rows = {row.name: row for row in geometry(SIMPLE, (28, 28, 1))}
    assert rows["conv1"].multiply_adds == 26 * 26 * 9 * 32
    assert rows["conv2"].multiply_adds == 11 * 11 * 9 * 32 * 64
    assert rows["pool2"].multiply_adds == 0
    assert rows["dense1"].multiply_adds == 57_600
    assert rows["conv1"].activation_bytes == 26 * 26 * 32 * 4
    assert rows["dense2"].activation_bytes == 40


@pytest.mark.parametrize(
    ("filters", "input_maps", "weights"),
    [(64, 32, 18_496), (128, 64, 73_856), (128, 128, 147_584)],
)
def test_weights_of_one_conv(filters, input_maps, weights):
    assert row(f"conv({filters},3)", (28, 28, input_maps), "conv1").parameters == weights


def test_thirteen_chained_convs_hold_1568512_weights_and_see_27_pixels():
    convs = [row for row in geometry(ZOO["chain13"], (28, 28, 1)) if row.name.startswith("conv")]
    assert [row.output_shape[2] for row in convs] == [32, 64, *[128] * 11]
    assert sum(row.parameters for row in convs) == 1_568_512
    assert convs[-1].receptive_field == (27, 27)


def test_stride_2_on_9x9_gives_4x4():
    assert row("conv(1,3,stride=2)", (9, 9, 1), "conv1").output_shape == (4, 4, 1)


def test_fields_and_strides_of_two_layers_by_hand():
    chained = row("conv(1,3) conv(1,4)", (28, 28, 1), "conv2")
    assert (chained.receptive_field, chained.stride) == ((6, 6), (1, 1))
    strided = row("conv(1,3,stride=2) conv(1,3,stride=2)", (28, 28, 1), "conv2")
    assert (strided.receptive_field, strided.stride) == ((7, 7), (4, 4))


def test_fourteen_convs_of_3x3_see_all_28_pixels():
    for count, seen in ((13, 27), (14, 29)):
        text = " ".join(["conv(1,3,pad=same)"] * count)
        assert row(text, (28, 28, 1), f"conv{count}").receptive_field == (seen, seen)


def test_height_and_width_are_kept_apart():
    found = row("conv(1,(5,3)) max((2,1),stride=(3,1)) conv(1,(2,4))", (30, 20, 1), "conv2")
    assert found.receptive_field == (5 + 1 + 3, 3 + 0 + 3)
    assert found.stride == (3, 1)


def test_offset_of_same_padding_lies_outside_the_image():
    rows = geometry(parse("conv(1,5,pad=same) max(2) conv(1,3,pad=same)"), (28, 28, 1))
    assert [row.offset for row in rows] == [(-2, -2), (-2, -2), (-4, -4)]


def test_a_layer_without_a_window_keeps_the_field_below():
    rows = geometry(parse("conv(2,3,stride=2) batchnorm dropout(0.5)"), (9, 9, 1))
    assert {(row.receptive_field, row.stride, row.offset) for row in rows} == {
        ((3, 3), (2, 2), (0, 0))
    }


# The truth: which input pixels have a gradient.

ARCHITECTURES = [
    "conv(2,3)",
    "conv(2,(5,3),stride=(1,2))",
    "conv(2,3,pad=same)",
    "conv(2,4,pad=same,stride=2) conv(2,3,pad=same)",
    "conv(2,3) average(2) conv(2,3) average(2) conv(2,3)",
    "conv(2,3,pad=same) conv(2,3,pad=same) average(3,stride=2) conv(2,(2,4),stride=2,pad=same)",
    "average((3,2),stride=(2,1),pad=same) conv(2,(1,5)) average(2,stride=1) conv(2,2,stride=2)",
    "conv(2,3) max(2) conv(2,3) max(2) conv(2,2)",
    "max(3,stride=2,pad=same) conv(2,(3,2),pad=same) batchnorm dropout(0.5)",
    "conv(2,3,stride=2) conv(2,3,stride=2)",
    "depthwise((3,2),multiplier=2) conv(2,3) depthwise(3,stride=2,pad=same)",
]
INPUT_SHAPE = (29, 26, 1)


def images_and_positive_network(text):
    """A network through which nothing can cancel or die: positive weights, zero biases.

    A maximum passes the gradient to one pixel of its window, so the support is taken over many
    images: each pixel of a window is the largest in some of them.
    """
    network = Network(parse(text), INPUT_SHAPE, seed=1)
    for path, variable in network.weights.items():
        if path.endswith("kernel"):
            variable.assign(tf.abs(variable) + 0.01)
    count = 256 if "max" in text else 1
    images = np.random.default_rng(0).uniform(0.1, 1, (count, *INPUT_SHAPE))
    return tf.constant(images, tf.float32), network


def support(gradient):
    """First and last row, first and last column of the pixels with a gradient."""
    touched = tf.reduce_max(tf.abs(gradient), axis=[0, 3]).numpy()
    rows, columns = np.flatnonzero(touched.any(1)), np.flatnonzero(touched.any(0))
    inside = touched[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert inside.all(), "the field has a hole"
    return rows[0], rows[-1], columns[0], columns[-1]


def declared(row, position, count=1):
    """The same from the row's arithmetic, cut to the image."""
    edges = []
    for axis in (0, 1):
        first = row.offset[axis] + position[axis] * row.stride[axis]
        last = first + row.receptive_field[axis] + (count - 1) * row.stride[axis] - 1
        edges += [max(first, 0), min(last, INPUT_SHAPE[axis] - 1)]
    return tuple(edges)


@pytest.mark.parametrize("text", ARCHITECTURES)
def test_fields_are_the_support_of_the_true_gradient(text):
    images, network = images_and_positive_network(text)
    row = geometry(network.architecture, INPUT_SHAPE)[-1]
    height, width, _ = row.output_shape
    corners = [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)]
    inner = [(height // 2, width // 2), (1, width - 2), (height - 2, 1)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        maps = network(images)
        values = {(i, j): maps[:, i, j, 0] for i, j in corners + inner}
        i, j = height // 2 - 1, width // 2 - 1
        square = tf.reduce_sum(maps[:, i : i + 2, j : j + 2, 0], axis=[1, 2])
    for position, value in values.items():
        assert support(tape.gradient(value, images)) == declared(row, position), position
    assert support(tape.gradient(square, images)) == declared(row, (i, j), count=2)


def test_a_field_with_holes_has_the_declared_edges():
    images, network = images_and_positive_network("conv(1,2,stride=3) conv(1,2)")
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = network(images)[:, 1, 2, 0]
    touched = tape.gradient(value, images)[0, :, :, 0].numpy() != 0
    row = geometry(network.architecture, INPUT_SHAPE)[-1]
    assert row.receptive_field == (5, 5) and row.stride == (3, 3)
    np.testing.assert_array_equal(np.flatnonzero(touched.any(1)), [3, 4, 6, 7])
    np.testing.assert_array_equal(np.flatnonzero(touched.any(0)), [6, 7, 9, 10])


PARTLY_READ = [
    "conv(2,3) max(2) conv(2,3) max(2) conv(2,3)",
    "max(3) conv(2,(2,3),stride=2) average(2)",
    "conv(2,3,stride=3) conv(2,2,pad=same)",
    "conv(2,2,pad=same) max(4)",
    "max(4) batchnorm max(4)",
    "conv(2,3) max(2) depthwise(3,stride=2)",
]


@pytest.mark.parametrize("flat", ["flatten", "globalaverage"])
@pytest.mark.parametrize("text", PARTLY_READ)
@pytest.mark.parametrize("shape", [(28, 28, 1), (23, 29, 1), (31, 24, 1)])
def test_the_pixels_read_alone_give_the_whole_output(text, shape, flat):
    architecture = parse(f"{text} {flat} dense(3,act=linear)")
    height, width = pixels_read(architecture, shape)
    network = Network(architecture, shape, seed=1)
    images = np.random.default_rng(0).uniform(size=(5, *shape)).astype(np.float32)
    whole = network.activations(images)["dense1"].numpy()
    np.testing.assert_allclose(network(images), whole, rtol=1e-5, atol=1e-6)

    rest = images.copy()
    rest[:, height:] = rest[:, :, width:] = 7.0
    np.testing.assert_array_equal(network.activations(tf.constant(rest))["dense1"], whole)
    if "same" not in text and "batchnorm" not in text:  # Then no row and no column is in vain.
        for last in (np.s_[:, height - 1], np.s_[:, :, width - 1]):
            touched = images.copy()
            touched[last] += 50.0
            assert np.abs(network.activations(tf.constant(touched))["dense1"] - whole).max() > 1e-2


def test_all_positions_are_read_for_their_average():
    architecture = parse("conv(2,3,stride=2) globalaverage")
    last = geometry(architecture, (12, 9, 1))[-1]
    # Five rows and four columns of fields of 3, two pixels apart.
    assert (last.receptive_field, last.stride, last.offset) == ((11, 9), (0, 0), (0, 0))
    assert last.multiply_adds == 0 and last.output_shape == (2,)
    assert pixels_read(architecture, (12, 9, 1)) == (11, 9)


def test_pixels_read_of_the_default_network():
    # Backwards: 3 <- 5 <- 10 <- 12 <- 24 <- 26.
    assert pixels_read(ZOO["simple"], (28, 28, 1)) == (26, 26)
    assert pixels_read(ZOO["vgg"], (28, 28, 1)) == (28, 28)


def test_batch_statistics_are_taken_over_all_positions():
    # Without batchnorm 4 * 4 = 16 of 23 rows would do; its training mean needs 5 * 4.
    assert pixels_read(parse("max(4) max(4)"), (23, 23, 1)) == (16, 16)
    assert pixels_read(parse("max(4) batchnorm max(4)"), (23, 23, 1)) == (20, 20)


@pytest.mark.parametrize(
    "layers",
    [
        "conv(2,3) average(2) conv(2,3,stride=2) flatten",
        "conv(2,5,pad=same) flatten",
        "flatten",
        "conv(2,3) average(2) conv(2,3,stride=2) globalaverage",
    ],
)
def test_a_dense_value_sees_what_all_positions_see(layers):
    images, network = images_and_positive_network(f"{layers} dense(3) dense(2)")
    rows = {row.name: row for row in geometry(network.architecture, INPUT_SHAPE)}
    for name in ("dense1", "dense2"):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = network.activations(images)[name][:, 0]
        assert support(tape.gradient(value, images)) == declared(rows[name], (0, 0))


@pytest.mark.parametrize("name", sorted(ZOO))
def test_counted_weights_are_those_of_the_network(name):
    network = Network(ZOO[name], (28, 28, 1))
    for placed, row in zip(network.layers, geometry(ZOO[name], (28, 28, 1)), strict=True):
        held = [v for path, v in network.weights.items() if path.split("/")[0] == placed.name]
        assert row.parameters == sum(int(tf.size(variable)) for variable in held)


def test_rows_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        geometry(SIMPLE, (28, 28, 1))[0].parameters = 0

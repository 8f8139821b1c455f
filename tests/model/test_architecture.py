from __future__ import annotations

import pytest

from tfcnn.errors import InputError
from tfcnn.model.architecture import Architecture, parse
from tfcnn.model.layers import Conv, Dense, Flatten, MaxPool

SIMPLE = "conv(32,3) max(2) conv(64,3) max(2) conv(64,3) flatten dense(100) dense(10,act=linear)"


def test_parse_and_str_of_the_default_network():
    architecture = parse(SIMPLE)
    assert architecture == Architecture(
        (
            Conv(32, (3, 3)),
            MaxPool((2, 2)),
            Conv(64, (3, 3)),
            MaxPool((2, 2)),
            Conv(64, (3, 3)),
            Flatten(),
            Dense(100),
            Dense(10, activation="linear"),
        )
    )
    assert str(architecture) == SIMPLE


def test_names_count_each_kind():
    text = (
        "conv(1,1) batchnorm max(1) average(1) dropout(0.1) conv(1,1) dropout(0.2) flatten flatten"
    )
    assert parse(text).names == (
        "conv1",
        "batchnorm1",
        "pool1",
        "pool2",
        "dropout1",
        "conv2",
        "dropout2",
        "flatten",
        "flatten2",
    )


def test_place_chains_the_shapes_and_names_the_weights():
    placed = parse("conv(4,3) batchnorm max(2) flatten dense(5)").place((8, 9, 2))
    assert [(p.name, p.input_shape, p.output_shape) for p in placed] == [
        ("conv1", (8, 9, 2), (6, 7, 4)),
        ("batchnorm1", (6, 7, 4), (6, 7, 4)),
        ("pool1", (6, 7, 4), (3, 3, 4)),
        ("flatten", (3, 3, 4), (36,)),
        ("dense1", (36,), (5,)),
    ]
    weights = [(path, kept.shape) for p in placed for path, kept in p.weights().items()]
    assert weights == [
        ("conv1/kernel", (3, 3, 2, 4)),
        ("conv1/bias", (4,)),
        ("batchnorm1/scale", (4,)),
        ("batchnorm1/offset", (4,)),
        ("dense1/kernel", (36, 5)),
        ("dense1/bias", (5,)),
    ]
    assert [(path, kept.shape) for p in placed for path, kept in p.state().items()] == [
        ("batchnorm1/moving_mean", (4,)),
        ("batchnorm1/moving_variance", (4,)),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "conv(1,3) conv(2,9)",
            r"^architecture: layer conv2 \(conv\(2,9\)\): .*9x9 is larger .* 6x6",
        ),
        (
            "conv(1,3) dense(2)",
            r"^architecture: layer dense1 \(dense\(2\)\): .*put flatten before it",
        ),
        ("flatten max(2)", r"^architecture: layer pool1 \(max\(2\)\): .*put it before flatten"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(text, said):
    with pytest.raises(InputError, match=said):
        parse(text).place((8, 8, 1))


@pytest.mark.parametrize("input_shape", [(28, 28), (28, 28, 1, 1), (0, 28, 1), (28, -1, 1), ()])
def test_a_wrong_input_shape_is_named(input_shape):
    with pytest.raises(InputError, match="input_shape: expected"):
        parse(SIMPLE).place(input_shape)

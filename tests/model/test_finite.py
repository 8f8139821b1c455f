"""Nothing that is not a number passes into a network, out of it, or into a file."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tfcnn.ascent import gather_evidence
from tfcnn.errors import InputError
from tfcnn.exchange import FORMATS, export
from tfcnn.model import Network, parse, weights_file
from tfcnn.model.finite import check_network_values, told_if_not_finite
from tfcnn.training import compile_evaluate

TEXT = "conv(4,3,stride=2) max(2) batchnorm flatten dense(10,act=linear)"
NAN_IN_CONV1 = "conv1/kernel: expected finite numbers, found 1 NaN of 36"


def network_with(path=None, place=0, value=np.nan):
    network = Network(parse(TEXT), (28, 28, 1))
    if path is not None:
        values = network.tensors()[path]
        values.flat[place] = value
        (dict(network.weights) | dict(network.state))[path].assign(values)
    return network


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.0, -2.0], ""),
        ([], ""),
        ([[1.0, np.nan]], "1 NaN of 2"),
        ([np.inf, -np.inf, 0.0], "2 infinite of 3"),
        ([np.nan, np.inf, np.nan, 0.0], "2 NaN and 1 infinite of 4"),
    ],
)
def test_what_is_not_finite_is_counted(values, told):
    assert told_if_not_finite(np.array(values, np.float32)) == told


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("conv1/kernel", np.nan, NAN_IN_CONV1),
        ("dense1/bias", -np.inf, "dense1/bias: expected finite numbers, found 1 infinite of 10"),
        ("input/deviation", 0, "input/deviation: expected numbers above 0, found 0"),
        ("input/mean", np.inf, "input/mean: expected finite numbers, found 1 infinite of 1"),
        (
            "batchnorm1/moving_variance",
            -1,
            "batchnorm1/moving_variance: expected numbers from 0, found -1",
        ),
    ],
)
def test_it_is_refused_wherever_a_network_goes(path, value, message, tmp_path, sample):
    network = network_with(path, value=value)
    tensors, file = network.tensors(), tmp_path / "net.safetensors"
    weights_file.write(file, tensors, TEXT, (28, 28, 1))  # As another program may.

    def evaluate(network):
        return compile_evaluate(network)(sample.test.images, sample.test.labels)

    for go, source in (
        (lambda: check_network_values(tensors), ""),
        (lambda: Network.load(file), f"{file}: "),
        (lambda: network_with().assign(tensors), "tensors: "),
        (lambda: network.save(tmp_path / "again.safetensors"), ""),
        (lambda: evaluate(network), ""),
        *((lambda f=f: export(network, f, tmp_path / f"as_{f}"), "") for f in FORMATS),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(source + message)}$"):
            go()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_values_at_the_ends_pass():
    check_network_values(
        {"input/deviation": np.float32([1e-30]), "batchnorm1/moving_variance": np.float32([0])}
    )


def test_evidence_of_what_is_no_number_is_refused(sample):
    expected = "^conv1: mean activations of the images: expected finite numbers, found 100 NaN of"
    with pytest.raises(InputError, match=expected):
        gather_evidence(
            network_with("conv1/kernel"), "conv1", *vars(sample.test).values(), progress=False
        )

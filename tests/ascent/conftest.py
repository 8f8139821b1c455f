"""Small networks with hand-set weights, and plain NumPy to judge them by."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.model import Network, parse


def build(text, shape, **tensors):
    """A network; ``conv1_kernel=array`` sets ``conv1/kernel``, every other bias is 0."""
    network = Network(parse(text), shape)
    for path, variable in network.weights.items():
        name = path.replace("/", "_")
        if name in tensors:
            variable.assign(np.asarray(tensors.pop(name), np.float32).reshape(variable.shape))
        else:
            assert path.endswith("bias"), f"{path} is not set"
            variable.assign(np.zeros(variable.shape))
    assert not tensors
    return network


def random_network(text, shape, seed):
    """A network whose kernels and biases are all random."""
    network = Network(parse(text), shape, seed=seed)
    generator = np.random.default_rng(seed)
    for path, variable in network.weights.items():
        if path.endswith("bias"):
            variable.assign(generator.normal(0, 0.1, variable.shape))
    return network


def bytes_of(network):
    """Every variable's bytes."""
    variables = {**network.weights, **network.state}
    return {path: variable.numpy().tobytes() for path, variable in variables.items()}


@pytest.fixture(name="build", scope="session")
def _build():
    return build


@pytest.fixture(name="random_network", scope="session")
def _random_network():
    return random_network


@pytest.fixture(name="bytes_of", scope="session")
def _bytes_of():
    return bytes_of


@pytest.fixture(scope="session")
def digits(sample):
    """The shipped training digits: uint8 [count, 28, 28, 1] and int32 [count]."""
    return sample.train.images, sample.train.labels

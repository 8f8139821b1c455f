"""Networks to exchange: one trained on real digits, one that has every option."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import tfcnn

SAMPLE = pathlib.Path(__file__).parents[1] / "data" / "sample"
EVERY_OPTION = (
    "conv(6,(5,3),stride=(1,2),act=selu) batchnorm(act=relu,momentum=0.8) max(3,stride=2,pad=same) "
    "conv(8,3,pad=same,act=elu) average((2,3),stride=1) average(3,stride=2,pad=same) "
    "depthwise((2,3),multiplier=2,act=tanh) depthwise(2,stride=2,pad=same) "
    "conv(4,2,stride=2,pad=same,act=leaky_relu) dropout(0.3) flatten batchnorm(epsilon=0.01) "
    "dense(12,act=tanh) dense(10,act=sigmoid) dense(10,act=linear)"
)


@pytest.fixture(scope="session")
def digits():
    """The shipped digits as a data set."""
    return tfcnn.data.load(f"idx:{SAMPLE}")


@pytest.fixture(scope="session")
def default_network(digits):
    """The default network after 128 steps on real digits."""
    network = tfcnn.model.Network(tfcnn.model.find("simple"), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=8, batch_size=25)
    tfcnn.training.train(network, digits, config, progress=False)
    return network


@pytest.fixture(scope="session")
def colour_network():
    """Every layer but one and every option; each variable has values that differ."""
    return random_network(EVERY_OPTION)


@pytest.fixture(scope="session")
def averaged_network():
    """That one: the averages of all maps."""
    return random_network("conv(8,3,act=selu) max(2) globalaverage dense(10,act=linear)")


def random_network(text):
    network = tfcnn.model.Network(tfcnn.model.parse(text), (25, 28, 3), seed=1)
    generator = np.random.default_rng(2)
    for path, variable in {**network.state, **network.weights}.items():
        if path.endswith(("variance", "deviation", "scale")):
            variable.assign(generator.uniform(0.5, 2.0, variable.shape))
        elif not path.endswith("kernel"):
            variable.assign(generator.normal(0, 0.3, variable.shape))
    return network


@pytest.fixture(name="networks", scope="session")
def _networks(default_network, colour_network, averaged_network, digits):
    """Name -> network, and images for it."""
    generator = np.random.default_rng(0)
    colour = generator.uniform(size=(20, *colour_network.input_shape)).astype(np.float32)
    return {
        "default": (default_network, digits.test.images / np.float32(255)),
        "colour": (colour_network, colour),
        "averaged": (averaged_network, colour),
    }

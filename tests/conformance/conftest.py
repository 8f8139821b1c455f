"""One table of all layers and their options. Every test with a ``case`` is made from it.

A new layer or option is a line here: then its gradients, exports, files, XLA and replicas are
tried.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import tfcnn
from tfcnn.errors import InputError
from tfcnn.model import Network, parse

INPUT_SHAPE = (7, 6, 2)
CLASSES = 3


def _offered(text):
    """What the architecture's text may have where ``text`` has something wrong."""
    with pytest.raises(InputError) as caught:
        parse(text)
    return re.search(r"expected one of (.*), found", str(caught.value))[1].split(", ")


WORDS = _offered("nosuch")
ACTIVATIONS = _offered("conv(1,1,act=nosuch)")
PADDINGS = _offered("conv(1,1,pad=nosuch)")


def _with_each_activation(layer):
    return " ".join(layer.replace("ACT", activation) for activation in ACTIVATIONS)


CASES = [
    f"{_with_each_activation('conv(3,(1,2),pad=same,act=ACT)')} flatten dense(3,act=linear)",
    f"flatten {_with_each_activation('dense(5,act=ACT)')} dense(3,act=linear)",
    f"{_with_each_activation('batchnorm(act=ACT)')} flatten dense(3,act=linear)",
    f"{_with_each_activation('depthwise(1,act=ACT)')} globalaverage dense(3,act=linear)",
    # Even and odd sizes, with which SAME pads differently; strides beyond the kernel.
    "conv(3,2,stride=(2,1),pad=same,l2=0.1) flatten dense(3,act=linear,l2=0.2)",
    "conv(2,(7,1),stride=(4,5)) flatten dense(3,act=linear)",
    "conv(4,1,stride=(2,1),pad=same,act=tanh) flatten dense(3,act=linear)",
    "conv(3,(2,4),pad=same) conv(2,3,stride=3,pad=same) flatten dense(3,act=linear)",
    "conv(3,(7,6),act=linear,l2=0.0) flatten",
    "depthwise((3,2),multiplier=2,stride=2,pad=same,l2=0.1) flatten dense(3,act=linear)",
    "depthwise(2,act=tanh) conv(3,(2,3),act=linear) globalaverage",
    "max(2) flatten dense(3,act=linear)",
    "conv(3,2,act=tanh) max((2,3),stride=1,pad=same) flatten dense(3,act=linear)",
    "max((3,2),stride=(1,2)) conv(2,2,act=elu) max(3,stride=2,pad=same) flatten "
    "dense(3,act=linear)",
    "average((2,1)) flatten dense(3,act=linear)",
    "conv(3,2,act=tanh) average(3,stride=(2,3),pad=same) flatten dense(3,act=linear)",
    "average((3,2),stride=1) conv(3,(3,4),act=linear) average((3,2)) flatten",
    "dropout(0.4) conv(3,3) dropout(0.2) flatten dropout(0.3) dense(3,act=linear)",
    "conv(3,3,act=linear) batchnorm(act=relu,momentum=0.8,epsilon=0.01) max(2) flatten "
    "dense(3,act=linear)",
]


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=[case[:60] for case in CASES])


@pytest.fixture(scope="session")
def cases():
    """All architectures of the table."""
    return CASES


@pytest.fixture(scope="session")
def choices():
    """What the text offers: all layers' words, activation functions and paddings."""
    return {"words": WORDS, "activation": ACTIVATIONS, "padding": PADDINGS}


@pytest.fixture(scope="session")
def images():
    """float32 [5, 7, 6, 2]."""
    return np.random.default_rng(0).uniform(size=(5, *INPUT_SHAPE)).astype(np.float32)


@pytest.fixture(scope="session")
def data():
    """Three classes of noise: 25 images, which no two replicas share evenly."""
    generator = np.random.default_rng(1)

    def split(count):
        images = generator.integers(0, 256, (count, *INPUT_SHAPE), np.uint8)
        return tfcnn.data.Split(images, np.arange(count, dtype=np.int32) % CLASSES)

    return tfcnn.data.Dataset("noise", CLASSES, tuple("abc"), split(25), split(6), {})


@pytest.fixture(scope="session")
def network_of():
    """Makes a case's network, with values that differ in all variables."""

    def make(case, seed=4):
        network, generator = Network(parse(case), INPUT_SHAPE, seed), np.random.default_rng(seed)
        for path, variable in {**network.state, **network.weights}.items():
            if path.endswith(("variance", "deviation", "scale")):
                variable.assign(generator.uniform(0.5, 2.0, variable.shape))
            elif not path.endswith("kernel"):
                variable.assign(generator.normal(0, 0.3, variable.shape))
        return network

    return make


@pytest.fixture
def network(case, network_of):
    """The case's network."""
    return network_of(case)

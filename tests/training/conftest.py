"""Real digits and one small network, shared by the tests of this room."""

from __future__ import annotations

import pathlib

import pytest

import tfcnn
from tfcnn.model import Network, parse

SAMPLE = pathlib.Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="session")
def sample():
    """400 + 100 digits of MNIST, which the repository ships."""
    return tfcnn.data.load(f"idx:{SAMPLE}")


@pytest.fixture
def small_network():
    return Network(parse("conv(4,3,stride=2) max(2) flatten dense(10,act=linear)"), (28, 28, 1))

"""One small network, shared by the tests of this room."""

from __future__ import annotations

import pytest

from tfcnn.model import Network, parse


@pytest.fixture
def small_network():
    return Network(parse("conv(4,3,stride=2) max(2) flatten dense(10,act=linear)"), (28, 28, 1))

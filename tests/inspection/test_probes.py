from __future__ import annotations

import numpy as np
import pytest

from tfcnn.inspection.probes import probe_layers
from tfcnn.model import Network, parse


@pytest.fixture(scope="module")
def ring():
    """Two classes that no line parts: grey near the middle, and grey far from it on both sides."""
    generator = np.random.default_rng(0)

    def split(count):
        labels = generator.integers(0, 2, count).astype(np.int32)
        far = generator.choice([-1, 1], count) * generator.uniform(60, 120, count)
        near = generator.uniform(-40, 40, count)
        grey = np.where(labels, far, near) + 128
        return grey.astype(np.uint8).reshape(-1, 1, 1, 1), labels

    return split(400), split(200)


def test_probes_see_where_classes_become_separable(ring):
    # Filters that rise below and above the middle: their sum is the distance from it.
    network = Network(parse("conv(2,1) flatten dense(2,act=linear)"), (1, 1, 1))
    network.weights["conv1/kernel"].assign(np.array([1.0, -1.0]).reshape(1, 1, 1, 2))
    network.weights["conv1/bias"].assign([-0.5, 0.5])
    pixels, maps = probe_layers(network, ["conv1"], *ring, progress=False)
    assert (pixels.layer, pixels.values) == ("input", 1)
    assert (maps.layer, maps.values) == ("conv1", 2)
    assert pixels.linear_accuracy < 0.7
    assert maps.linear_accuracy == 1.0
    assert pixels.neighbour_accuracy == maps.neighbour_accuracy == 1.0

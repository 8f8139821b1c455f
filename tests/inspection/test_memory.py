"""How often a layer's values of all images are held at a time."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tfcnn.inspection.class_patterns import class_patterns
from tfcnn.inspection.probes import probe_layers
from tfcnn.model import Network, parse
from tfcnn.model.reading import all_activations

COUNT = 3000


@pytest.fixture(scope="module")
def measured():
    network = Network(parse("conv(64,3,pad=same) flatten dense(10,act=linear)"), (12, 12, 1))
    images = np.random.default_rng(0).integers(0, 256, (COUNT, 12, 12, 1)).astype(np.uint8)
    return network, images, (np.arange(COUNT) % 10).astype(np.int32)


@pytest.mark.parametrize(
    "measure",
    [
        lambda network, images, _: all_activations(network, "conv1", images),
        lambda network, images, labels: class_patterns(network, "conv1", images, labels),
        lambda network, images, labels: probe_layers(
            network, ["conv1"], (images[:100], labels[:100]), (images, labels), progress=False
        ),
    ],
    ids=["all_activations", "class_patterns", "probe_layers"],
)
def test_the_values_of_all_images_are_held_once(measured, measure):
    tracemalloc.start()
    try:
        measure(*measured)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    layer_bytes = COUNT * 12 * 12 * 64 * 4
    assert peak < 1.6 * layer_bytes

"""Activations over many images against one call, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.model import Network, parse, reading
from tfcnn.model.reading import (
    activations_in_batches,
    all_activations,
    linear_path,
    read_in_batches,
    shapes_of,
)

TEXT = "conv(4,3) max(2) conv(3,3) flatten dense(5,act=linear)"


@pytest.fixture(scope="module")
def network():
    return Network(parse(TEXT), (10, 12, 1), seed=4)


@pytest.fixture
def images(monkeypatch):
    """Seven images in calls of three, of which the last is ragged."""
    monkeypatch.setattr(reading, "IMAGES_A_CALL", 3)
    return np.random.default_rng(0).integers(0, 256, (7, 10, 12, 1)).astype(np.uint8)


def test_batches_hold_every_image_once_and_in_order(network, images):
    expected = network.activations(images.astype(np.float32) / 255)
    batches = list(activations_in_batches(network, ["conv1", "dense1/linear"], images))
    assert [len(batch["conv1"]) for batch in batches] == [3, 3, 1]
    for path in ("conv1", "dense1/linear"):
        found = np.concatenate([batch[path] for batch in batches])
        np.testing.assert_allclose(found, expected[path], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(
        all_activations(network, "conv1", images),
        np.concatenate([batch["conv1"] for batch in batches]),
    )


def test_a_function_of_the_activations_is_traced_once(network, images):
    calls = []

    def read(activations):
        calls.append(len(activations))
        return {"ink": activations["conv1"][:, 0, 0] * 2}

    found = np.concatenate([part["ink"] for part in read_in_batches(network, read, images)])
    maps = network.activations(images.astype(np.float32) / 255)["conv1"].numpy()
    np.testing.assert_allclose(found, 2 * maps[:, 0, 0], rtol=1e-5, atol=1e-6)
    assert len(calls) == 1


def test_what_does_not_fit_is_told_before_anything_is_read(network, images):
    with pytest.raises(InputError, match=r"^layer: expected one of conv1/linear, .*'conv9'$"):
        activations_in_batches(network, ["conv9"], images)
    with pytest.raises(InputError, match=r"^images: expected at least one, found none$"):
        activations_in_batches(network, ["conv1"], images[:0])


def test_shapes_of_every_activation(network):
    assert shapes_of(network) == {
        "conv1/linear": (8, 10, 4),
        "conv1": (8, 10, 4),
        "pool1": (4, 5, 4),
        "conv2/linear": (2, 3, 3),
        "conv2": (2, 3, 3),
        "flatten": (18,),
        "dense1/linear": (5,),
        "dense1": (5,),
    }


def test_linear_path():
    paths = ["conv1/linear", "conv1", "pool1"]
    assert linear_path("conv1", paths) == "conv1/linear"
    assert linear_path("pool1", paths) == "pool1"
    for name in ("dense1", "conv1/linear"):
        with pytest.raises(InputError, match=f"expected one of conv1, pool1, found '{name}'"):
            linear_path(name, paths)


@pytest.mark.parametrize(
    ("text", "images"),
    # 26 x 26 x 1024 floats are 2,768,896 bytes, and 2^28 bytes hold 96 of them.
    [("conv(1024,3)", 96), ("conv(64,3)", 500), ("dense(10)", 500)],
)
def test_wide_layers_get_fewer_images_a_call(text, images):
    text = text if text.startswith("conv") else f"flatten {text}"
    assert reading.images_a_call(Network(parse(text), (28, 28, 1))) == images

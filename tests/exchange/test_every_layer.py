"""No layer is forgotten on the way out or in."""

from __future__ import annotations

from tfcnn.exchange.layouts import _FROM_PYTORCH
from tfcnn.exchange.numpy_network import _OPERATIONS
from tfcnn.model.layers import LAYERS


def test_every_layer_has_an_operation_in_numpy_and_a_conversion():
    assert set(_OPERATIONS) == set(_FROM_PYTORCH) == set(LAYERS)

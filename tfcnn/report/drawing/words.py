"""Words that several pictures share."""

from __future__ import annotations

from collections.abc import Sequence

from tfcnn.model.network import Network


def scale_words(channels: int) -> str:
    """Says what an image's colours mean, with 1 channel (grey) or 3 (RGB)."""
    return (
        "grey from 0 (black) to 1 (white)" if channels == 1 else "red, green and blue from 0 to 1"
    )


def filter_words(network: Network, layer: str, number: int, class_names: Sequence[str]) -> str:
    """Says which filter or unit of a layer is meant: of the last layer's units, by its class."""
    last = network.layers[-1]
    is_class = layer == last.name and len(last.output_shape) == 1
    return class_names[number] if is_class else f"filter {number}"

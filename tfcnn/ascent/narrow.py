"""A wide layer of which only the channels that are read are computed.

A chunk of climbs reads at most ``CHUNK`` channels of a layer. To compute all of 1,024 for each
chunk would make a layer of 16 times as many filters take 256 times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import tensorflow as tf

from tfcnn.ascent.evaluation import CHUNK
from tfcnn.ascent.terms import Term, directed
from tfcnn.model.forward import layer_values, normalized
from tfcnn.model.network import Network
from tfcnn.model.reading import Subject

if TYPE_CHECKING:
    from tfcnn.ascent.objectives import Objective
    from tfcnn.model.architecture import PlacedLayer


def narrow_layer(subject: Subject, objectives: Sequence[Objective]) -> str | None:
    """The layer whose channels can be chosen, if it is worth it; else None.

    It is where every objective reads one channel of a layer of more than ``CHUNK``, and only
    layers that leave each channel to itself stand between this layer's output and a kernel.
    """
    readings = [*directed(objectives[0].terms)]
    if not isinstance(subject, Network) or len(readings) != 1 or not isinstance(readings[0], Term):
        return None
    name = readings[0].path.removesuffix("/linear")
    below = _layers_to(subject, name)
    chosen = all(isinstance(objective.directions[0], int) for objective in objectives)
    wide = below and below[-1].output_shape[-1] > CHUNK
    return name if chosen and wide and _first_chosen(below) is not None else None


class Narrowed:
    """A network up to a layer, with chosen channels of it."""

    def __init__(self, network: Subject, layer: str, channels: tf.Tensor) -> None:
        """Computes nothing yet.

        Args:
          network: A ``Network``, of which ``narrow_layer`` gave ``layer``.
          layer: The layer's name.
          channels: int32 [count], the channels' numbers; one may stand there several times.
        """
        assert isinstance(network, Network)
        self._network, self._channels = network, channels
        self._layers = _layers_to(network, layer)

    def activations(self, images: tf.Tensor) -> Mapping[str, tf.Tensor]:
        """As those of the network; from the kernel on, the last axis has the chosen channels."""
        variables = {**self._network.weights, **self._network.state}
        first = _first_chosen(self._layers) or 0
        for placed in self._layers[first:]:
            for path in (*placed.weights(), *placed.state()):
                variables[path] = tf.gather(variables[path], self._channels, axis=-1)
        return layer_values(self._layers, variables, normalized(images, variables, None), None)


def _layers_to(network: Network, name: str) -> Sequence[PlacedLayer]:
    """The layers up to this one; none if there is no such layer."""
    names = [placed.name for placed in network.layers]
    return network.layers[: names.index(name) + 1] if name in names else []


def _first_chosen(layers: Sequence[PlacedLayer]) -> int | None:
    """The place of the last layer whose kernel makes the channels; None if they are not kept."""
    for place in reversed(range(len(layers))):
        placed = layers[place]
        channels = placed.output_shape[-1]
        shapes = [tensor.shape for tensor in (placed.weights() | placed.state()).values()]
        carried = placed.layer.carried(range(channels), placed.input_shape)
        if carried is None:
            made = shapes and all(shape[-1] == channels for shape in shapes)
            return place if made else None
        if placed.input_shape[-1] != channels or any(shape != (channels,) for shape in shapes):
            return None
    return None

"""The birth of filters: the same climb from the same starts at several times of a training."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from tfcnn.ascent import objectives
from tfcnn.ascent.arguments import shortened
from tfcnn.ascent.climbs import climb_objectives
from tfcnn.ascent.maximize import filters_of
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.reductions import Reduction
from tfcnn.errors import wrong
from tfcnn.model.network import Network
from tfcnn.showing import Record
from tfcnn.typing import Float32


@dataclasses.dataclass(frozen=True, repr=False)
class Birth(Record):
    """Patterns over time.

    Attributes:
      layer: The layer's name.
      filters: The filters' numbers.
      images: float32 [times, filters, height, width, channels] in [0, 1], cut to the pixels that
        were climbed.
      scores: float32 [times, filters], on the network of that time.
    """

    layer: str
    filters: tuple[int, ...]
    images: Float32
    scores: Float32


def birth(
    network: Network,
    states: Sequence[Mapping[str, Float32]],
    layer: str,
    filters: int | Sequence[int],
    *,
    reduction: Reduction = "mean",
    recipe: str | Recipe = "robust",
    candidates: int = 1024,
    seed: int = 0,
) -> Birth:
    """The same climb for the same filters, from the same starts, at every state of a training.

    The starts are those that the last state values most.

    Args:
      network: Takes each state in turn, and has its own values again afterwards.
      states: Path -> float32 array of every weight and state variable, in the order of time.
      layer: A layer's name.
      filters: The filters' numbers.
      reduction: What to climb of a filter's map, as in ``maximize``.
      recipe: How to climb.
      candidates: Random images scanned for the starts.
      seed: Of the candidates.

    Raises:
      InputError: A state or a filter does not fit the network.
    """
    if not isinstance(network, Network):
        raise wrong("network", "a Network", shortened(network))
    _check_states(states)
    path, numbers = filters_of(network, layer, filters)
    goals = [objectives.filter_map(path, number, reduction) for number in numbers]
    own, had_normalization = network.tensors(), network.has_normalization
    images, scores, starts = [], [], None
    try:
        for state in reversed(states):
            network.assign(state)
            climbs = climb_objectives(
                network,
                goals,
                recipe=recipe,
                candidates=candidates,
                seed=seed,
                starts=starts,
                progress=False,
            )
            starts = climbs.starts
            images.append(climbs.visible(climbs.images[:, 0]))
            scores.append(climbs.scores[:, 0])
    finally:
        network.assign(own)
        network.has_normalization = had_normalization
    return Birth(layer, tuple(numbers), np.stack(images[::-1]), np.stack(scores[::-1]))


def _check_states(states: object) -> None:
    if not isinstance(states, Sequence) or isinstance(states, str | bytes) or not states:
        raise wrong("states", "at least one in a list", shortened(states))
    for state in states:
        arrays = isinstance(state, Mapping) and all(
            isinstance(value, np.ndarray) for value in state.values()
        )
        if not arrays:
            raise wrong("states", "arrays by their paths", shortened(state))

"""What ``config.json`` says of a training that was bent from Python or by flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfcnn.model.network import Network
from tfcnn.training.callbacks import Callback
from tfcnn.training.frozen import frozen_paths
from tfcnn.training.initial import GIVEN_FROM_PYTHON, TakenWeights
from tfcnn.training.losses import Loss, cross_entropy, name_of


def describe_bends(
    network: Network,
    loss: Loss,
    frozen: Sequence[str],
    taken: TakenWeights | None,
    callbacks: Sequence[Callback],
    log_norms: bool,
) -> dict[str, Any]:
    """The arguments of ``train`` that are not at their defaults, ready for JSON.

    A function is named only: what it does is not known here.
    """
    bends: dict[str, Any] = {}
    if loss is not cross_entropy:
        bends["loss"] = _named(loss)
    if frozen:
        paths = frozen_paths(network, frozen)
        bends["frozen"] = [path for path in network.weights if path in paths]
    if taken:
        bends["initial"] = taken.to_json()
    if callbacks:
        bends["callbacks"] = [_named(callback) for callback in callbacks]
    if log_norms:
        bends["log_norms"] = True
    return bends


def _named(function: Callable[..., object]) -> str:
    return f"{GIVEN_FROM_PYTHON}: {name_of(function)}"

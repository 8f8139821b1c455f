"""With which weights a training begins: as much of it as tells them from others."""

from collections.abc import Mapping
from typing import Any

from tfcnn.model.initializers import initial_values
from tfcnn.model.network import Network
from tfcnn.model.weights_file import sha256_of_tensors
from tfcnn.typing import Float32


def start_values(network: Network) -> dict[str, Float32]:
    """What a training begins with: all tensors but ``input/``, which follow from the data."""
    tensors = network.tensors()
    return {path: value for path, value in tensors.items() if not path.startswith("input/")}


def describe_start(network: Network) -> dict[str, Any]:
    """The SHA-256 of a network's start weights and, if they are as drawn, the seed; else None.

    The seed tells them where numbers are drawn with other rounding: on another processor, or by
    another version of NumPy.
    """
    values = start_values(network)
    drawn: dict[str, Float32] = {}
    for placed in network.layers:
        drawn |= initial_values(placed, network.seed)
    seed = network.seed if same(values, drawn) else None
    return {"seed": seed, "sha256": sha256_of_tensors(values)}


def same(some: Mapping[str, Float32], others: Mapping[str, Float32]) -> bool:
    """Whether all tensors are equal to the last bit."""
    return some.keys() == others.keys() and all(
        value.tobytes() == others[path].tobytes() for path, value in some.items()
    )


def difference(before: Any, now: Mapping[str, Any]) -> str | None:
    """How two descriptions of start weights differ, in words; None if they are of the same.

    Args:
      before: What ``config.json`` says, whatever that is.
      now: What ``describe_start`` gave.
    """
    then = before if isinstance(before, dict) else {}
    seeds = then.get("seed"), now["seed"]
    if then.get("sha256") == now["sha256"] or (now["seed"] is not None and seeds[0] == seeds[1]):
        return None
    return f"start weights of {_named(then)}, found those of {_named(now)}"


def _named(described: Mapping[str, Any]) -> str:
    seed, digest = described.get("seed"), described.get("sha256")
    return f"SHA-256 {str(digest)[:16]}" if seed is None else f"seed {str(seed)[:16]}"

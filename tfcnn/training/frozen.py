"""Weights that a training leaves as they are."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence

from tfcnn.errors import InputError
from tfcnn.model.network import Network


def chosen_paths(name: str, patterns: Sequence[str], paths: Collection[str]) -> tuple[str, ...]:
    """Those of ``paths`` that fit a pattern such as ``conv1/*``, in their order.

    Args:
      name: The argument's name, for messages.
      patterns: Paths, with ``*``, ``?`` and ``[...]`` as in a shell.
      paths: What there is.

    Raises:
      InputError: ``patterns`` is one text, or one of them fits no path.
    """
    if isinstance(patterns, str):
        raise InputError(f"{name}: expected a list of paths, found the text {patterns[:60]!r}")
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(path, pattern) for path in paths):
            raise InputError(
                f"{name}: expected a path such as {', '.join(list(paths)[:3])} or a pattern of "
                f"them, found {pattern[:60]!r}"
            )
    return tuple(
        path for path in paths if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
    )


def frozen_paths(network: Network, patterns: Sequence[str]) -> frozenset[str]:
    """The paths of the weights that ``patterns`` freeze.

    Raises:
      InputError: A pattern fits no weight, or they leave none to learn.
    """
    frozen = frozenset(chosen_paths("frozen", patterns, network.weights))
    if len(frozen) == len(network.weights):
        raise InputError(
            f"frozen: expected some weight that learns, found all {len(frozen)} frozen"
        )
    return frozen


def layers_at_rest(network: Network, frozen: Collection[str]) -> frozenset[str]:
    """The names of the layers all of whose weights are frozen.

    A batch normalisation among them computes as in inference: by its moving statistics, which then
    keep their bytes, too. So what follows it learns with what it will be given.
    """
    return frozenset(
        placed.name
        for placed in network.layers
        if placed.weights() and all(path in frozen for path in placed.weights())
    )

"""Weights that another program trained, as a network of this project."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError, check_choice
from tfcnn.exchange import tensor_files
from tfcnn.exchange.layouts import Conversion, conversions
from tfcnn.exchange.stored_tensor import StoredTensor
from tfcnn.model.architecture import Architecture
from tfcnn.model.layers import Shape
from tfcnn.model.network import Network

_SHOWN = 8


@dataclasses.dataclass(frozen=True)
class ImportedNetwork:
    """A network with foreign weights.

    Attributes:
      network: The network.
      unused: The names in the file that it had no use for.
      zeros: The paths of biases that the file does not have: those of layers without one.
    """

    network: Network
    unused: tuple[str, ...]
    zeros: tuple[str, ...]


def import_weights(
    weights: str | os.PathLike[str],
    architecture: Architecture,
    input_shape: Shape,
    name_map: Mapping[str, str] | None = None,
    *,
    layout: str = "tensorflow",
    mean: Sequence[float] | None = None,
    deviation: Sequence[float] | None = None,
) -> ImportedNetwork:
    """Makes a network from a file of weights.

    Args:
      weights: A file ``*.safetensors`` or ``*.npz`` of floats of 16 bits, of either
        kind, 32 or 64. A bias that it lacks is zeros, unless the map names it or
        the file has another tensor of its shape.
      architecture: The layers of the network that they belong to.
      input_shape: ``(height, width, channels)`` of an image.
      name_map: A tensor's name in the file -> its path, such as ``conv1/kernel``. What the map
        leaves out is looked for under its path.
      layout: One of ``layouts.LAYOUTS``: whose order of axes the file has.
      mean: What the network was trained to have taken off an image in [0, 1]: one number, or one a
        channel. None takes ``input/mean`` of the file, or else 0.
      deviation: What it was then divided by. None takes ``input/deviation``, or else 1.

    Raises:
      InputError: A tensor is missing, damaged or has another shape, or an argument is wrong.
    """
    wanted = conversions(architecture, input_shape, layout)
    given = {
        f"input/{part}": _by_channel(part, values, input_shape[2])
        for part, values in (("mean", mean), ("deviation", deviation))
        if values is not None
    }
    names = _names_of_paths(name_map or {}, wanted, given)
    source = f"weights: {os.fspath(weights)}"
    network = Network(architecture, input_shape)
    defaults = {path: network.state[path].numpy() for path in ("input/mean", "input/deviation")}
    with tensor_files.opened(weights, source) as stored:
        for name in sorted((name_map or {}).keys() - stored.keys()):
            raise InputError(f"name_map: expected {_some(stored)} of the file, found {name[:60]!r}")
        known = {names[path] for path in wanted}
        # What is of the same shape may be that bias under another name.
        shapes = {tensor.shape for name, tensor in stored.items() if name not in known}
        zeros = {
            path: np.zeros(conversion.shape, np.float32)
            for path, conversion in wanted.items()
            if path.endswith("/bias")
            and names[path] == path
            and path not in stored
            and conversion.shape not in shapes
        }
        read = {
            path: _read(stored, names[path], path, conversion, source)
            for path, conversion in wanted.items()
            if not (path in given or path in zeros)
            and (names[path] in stored or path not in defaults)
        }
        unused = sorted(stored.keys() - {names[path] for path in read})
    tensors = {**defaults, **zeros, **read, **given}
    if not (tensors["input/deviation"] > 0).all():
        found = tensors["input/deviation"].tolist()
        raise InputError(f"deviation: expected numbers above 0, found {found}")
    network.assign(tensors)
    return ImportedNetwork(network, tuple(unused), tuple(zeros))


def _names_of_paths(
    name_map: Mapping[str, str], wanted: Mapping[str, Conversion], given: Collection[str]
) -> dict[str, str]:
    """Path -> name in the file; of the paths that are ``given`` it does not matter."""
    names = {path: path for path in wanted}
    mapped: set[str] = set()
    for name, path in name_map.items():
        check_choice("name_map", path, wanted)
        if path in mapped:
            raise InputError(f"name_map: expected one name for {path}, found two")
        mapped.add(path)
        names[path] = name
    for path in wanted:
        if path not in given and names[path] == path and name_map.get(path, path) != path:
            raise InputError(
                f"name_map: expected a name for {path}, since that of the file is given to "
                f"{name_map[path]}, found none"
            )
    return names


def _read(
    stored: Mapping[str, StoredTensor],
    name: str,
    path: str,
    conversion: Conversion,
    source: str,
) -> npt.NDArray[np.float32]:
    if name not in stored:
        raise InputError(
            f"{source}: expected a tensor for {path}: name one of {_some(stored)} in the name map"
        )
    return conversion.apply(stored[name].floats(conversion.shape))


def _some(stored: Mapping[str, StoredTensor]) -> str:
    names = [repr(name[:60]) for name in list(stored)[:_SHOWN]]
    return ", ".join([*names, "..."] if len(stored) > _SHOWN else names) or "(nothing)"


def _by_channel(argument: str, values: Sequence[float], channels: int) -> npt.NDArray[np.float32]:
    if len(values) not in (1, channels):
        raise InputError(
            f"{argument}: expected 1 number or {channels}, one a channel, found {len(values)}"
        )
    with np.errstate(over="ignore"):  # What exceeds float32 is refused.
        numbers = np.asarray(values, np.float32)
    if not np.isfinite(numbers).all():  # So few that they can be told.
        raise InputError(f"{argument}: expected finite numbers, found {numbers.tolist()}")
    return np.broadcast_to(numbers, channels).copy()

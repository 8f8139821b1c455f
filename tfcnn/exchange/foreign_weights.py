"""Weights that another program trained, as a network of this project."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import InputError, check_choice, wrong
from tfcnn.exchange import tensor_files
from tfcnn.exchange.foreign_layers import layout_of
from tfcnn.exchange.layouts import LAYOUTS, Conversion, conversions
from tfcnn.exchange.name_matching import Match, match
from tfcnn.exchange.stored_tensor import TensorFile
from tfcnn.model.architecture import Architecture
from tfcnn.model.layers import Shape
from tfcnn.model.network import Network
from tfcnn.model.zoo import find
from tfcnn.typing import Float32, PathLike

# Of a file that is read whole: the weights as float64 with three such numbers of an optimizer for
# each, and what the program that wrote it says beside them.
_BYTES_A_WEIGHT = 32
_BYTES_BESIDE = 64 * 2**20


@dataclasses.dataclass(frozen=True)
class ImportedNetwork:
    """A network with foreign weights.

    Attributes:
      network: The network.
      layout: Whose order of axes the file has, one of ``layouts.LAYOUTS``.
      names: Path -> the tensor's name in the file.
      found: Those of its paths that no map and no name told, but order and shape.
      unused: The names in the file that it had no use for.
      zeros: The paths of biases that the file does not have: those of layers without one.
    """

    network: Network
    layout: str
    names: Mapping[str, str]
    found: tuple[str, ...]
    unused: tuple[str, ...]
    zeros: tuple[str, ...]


@checked
def import_weights(
    weights: PathLike,
    architecture: Architecture | str,
    input_shape: Shape,
    name_map: Mapping[str, str] | None = None,
    *,
    layout: str = "auto",
    mean: float | Sequence[float] | None = None,
    deviation: float | Sequence[float] | None = None,
) -> ImportedNetwork:
    """Makes a network from a file of weights.

    Args:
      weights: A file ``*.safetensors``, ``*.npz``, ``*.pth`` or ``*.pt`` (with PyTorch installed),
        ``*.h5``, ``*.weights.h5`` or ``*.keras``, of floats of 16 bits, of either kind, 32 or 64.
        A layer that has no bias in it gets one of zeros.
      architecture: The layers of the network that they belong to, or their text, or a name of the
        zoo.
      input_shape: ``(height, width, channels)`` of an image.
      name_map: A tensor's name in the file -> its path, such as ``conv1/kernel``. What the map
        leaves out is looked for under its path, or else found by order and shape, as
        ``name_matching`` says.
      layout: Whose order of axes the file has, one of ``layouts.LAYOUTS``; or ``auto``, which takes
        that of the program that wrote such files, or that the names speak for, or else the only one
        that fits.
      mean: What the network was trained to have taken off an image in [0, 1]: one number, or one a
        channel. None takes ``input/mean`` of the file, or else 0.
      deviation: What it was then divided by. None takes ``input/deviation``, or else 1.

    Raises:
      InputError: A tensor is missing, damaged, left over or has another shape, it is not certain
        which tensor is which, or an argument is wrong.
    """
    check_choice("layout", layout, ("auto", *LAYOUTS))
    architecture = find(architecture)
    shapes = architecture.tensor_shapes(input_shape)
    if layout in LAYOUTS:
        conversions(architecture, input_shape, layout)  # What no file can mend is told as it is.
    given = {
        f"input/{part}": _by_channel(part, values, input_shape[2])
        for part, values in (("mean", mean), ("deviation", deviation))
        if values is not None
    }
    network = Network(architecture, input_shape)
    values = sum(variable.shape.num_elements() for variable in network.variables)
    source, most_bytes = f"weights: {os.fspath(weights)}", _BYTES_BESIDE + _BYTES_A_WEIGHT * values
    with tensor_files.opened(weights, source, most_bytes) as file:

        def fit(tried: str) -> tuple[Match, dict[str, Conversion]]:
            wanted = conversions(architecture, input_shape, tried)
            by_shape = {path: conversion.shape for path, conversion in wanted.items()}
            return match(file, by_shape, name_map or {}, given, source), wanted

        layout, (matched, wanted) = _in_layout(layout, file, fit)
        read = {
            path: wanted[path].apply(file.tensors[name].floats(wanted[path].shape))
            for path, name in matched.names.items()
        }
        unused = sorted(file.tensors.keys() - matched.names.values())
    defaults = {path: network.state[path].numpy() for path in ("input/mean", "input/deviation")}
    zeros = {path: np.zeros(shapes[path], np.float32) for path in matched.zeros}
    tensors = {**defaults, **zeros, **read, **given}
    if not (tensors["input/deviation"] > 0).all():
        raise wrong("deviation", "numbers above 0", tensors["input/deviation"].tolist())
    network.assign(tensors)
    names = {path: matched.names[path] for path in shapes if path in matched.names}
    return ImportedNetwork(network, layout, names, matched.found, tuple(unused), matched.zeros)


_Fit = tuple[Match, dict[str, Conversion]]


def _in_layout(layout: str, file: TensorFile, fit: Callable[[str], _Fit]) -> tuple[str, _Fit]:
    """The layout that was asked for, or that of the file, and what ``fit`` gives for it.

    Raises:
      InputError: It does not fit, or with ``auto`` nothing tells which of those that do is meant.
    """
    asked = layout if layout in LAYOUTS else file.layout or layout_of(file.tensors)
    fits: dict[str, _Fit] = {}
    errors: dict[str, InputError] = {}
    for tried in sorted(LAYOUTS, key=lambda one: one != asked):
        try:
            fits[tried] = fit(tried)
        except InputError as error:
            errors[tried] = error
        if asked in fits:
            return asked, fits[asked]
    if not fits:
        raise errors[asked or LAYOUTS[0]]
    if asked:
        raise wrong(
            "layout",
            f"{', '.join(fits)}, the only one that the shapes fit",
            layout if layout in LAYOUTS else f"names or a file of {asked}",
        )
    if len(fits) > 1:
        raise InputError(
            f"layout: expected one of {', '.join(fits)}, as the shapes fit each and the names tell "
            f"nothing, found {layout}"
        )
    return fits.popitem()


def _by_channel(argument: str, given: float | Sequence[float], channels: int) -> Float32:
    values = [given] if isinstance(given, (int, float)) else given
    if len(values) not in (1, channels):
        raise wrong(argument, f"1 number or {channels}, one a channel", len(values))
    with np.errstate(over="ignore"):  # What exceeds float32 is refused.
        numbers = np.asarray(values, np.float32)
    if not np.isfinite(numbers).all():  # So few that they can be told.
        raise wrong(argument, "finite numbers", numbers.tolist())
    return np.broadcast_to(numbers, channels).copy()

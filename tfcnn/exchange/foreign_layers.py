"""What the names in a foreign file tell: which tensors are of one layer, and what each is in it."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from tfcnn.exchange.stored_tensor import StoredTensor

# How other programs call the tensors of a layer -> what they are called here. PyTorch's weight and
# bias, and Flax's scale and bias, are scale and offset in a layer that has nothing but vectors.
_PARTS = {
    **dict.fromkeys(("weight", "kernel", "depthwise_kernel", "w"), "kernel"),
    **dict.fromkeys(("bias", "b"), "bias"),
    **dict.fromkeys(("gamma", "scale"), "scale"),
    **dict.fromkeys(("beta", "offset"), "offset"),
    **dict.fromkeys(("moving_mean", "running_mean", "mean"), "moving_mean"),
    **dict.fromkeys(("moving_variance", "running_var", "variance", "var"), "moving_variance"),
}
_OF_PYTORCH = {"weight", "running_mean", "running_var"}
_OF_TENSORFLOW = {"kernel", "depthwise_kernel", "gamma", "beta", "moving_mean", "moving_variance"}
# Flax keeps a layer's averages in a collection of their own.
_NAMED = re.compile(rf"(?:(?:params|batch_stats)[./])?(?:(.*?)[./_])??({'|'.join(_PARTS)})(?::0)?")
# By Keras: the variables of a layer in its order.
_NUMBERED = re.compile(r"(?:(.*)/)?vars/([0-9]+)")
# By np.savez: all arrays in their order.
_LISTED = re.compile(r"arr_([0-9]+)")
_NORMALISATION = ("scale", "offset", "moving_mean", "moving_variance")

# Of numbers in a text; as texts, since a stranger's may have more digits than Python reads.
_Numbers: TypeAlias = tuple[tuple[int, str], ...]


@dataclasses.dataclass(frozen=True)
class ForeignLayer:
    """Tensors of one layer.

    Attributes:
      name: What their names have in common.
      parts: What it is called here, such as ``kernel`` -> name in the file.
    """

    name: str
    parts: Mapping[str, str]


def layers_of(tensors: Mapping[str, StoredTensor]) -> list[ForeignLayer]:
    """The layers that the names tell, in the file's order; a tensor may be in none of them."""
    floats = {name: t for name, t in tensors.items() if t.holds_floats and t.shape}
    if floats and all(map(_LISTED.fullmatch, floats)):
        return _listed(floats)
    named: dict[str, dict[str, str]] = {}
    numbered: dict[str, dict[int, str]] = {}
    twice: set[str] = set()
    for name in floats:
        if found := _NUMBERED.fullmatch(name):
            numbered.setdefault(found[1] or "", {})[int(found[2][:9])] = name
        elif found := _NAMED.fullmatch(name):
            parts = named.setdefault(found[1] or "", {})
            if parts.setdefault(_PARTS[found[2]], name) != name:
                twice.add(found[1] or "")  # Two kernels: a layer of a kind that is not known here.
    for layer, variables in numbered.items():
        parts = _by_number([variables[i] for i in sorted(variables)], floats)
        if parts:
            named[layer] = parts
    order = {name: place for place, name in enumerate(floats)}
    layers = [
        ForeignLayer(layer, _as_vectors(parts, floats))
        for layer, parts in named.items()
        if layer not in twice
    ]
    return sorted(layers, key=lambda layer: min(order[name] for name in layer.parts.values()))


def layout_of(names: Iterable[str]) -> str | None:
    """Whose order of axes the names of tensors speak for; None if nobody's, or both."""
    found = set()
    for name in names:
        named = _NAMED.fullmatch(name)
        if _NUMBERED.fullmatch(name) or (named and named[2] in _OF_TENSORFLOW):
            found.add("tensorflow")
        elif named and named[2] in _OF_PYTORCH:
            found.add("pytorch")
    return found.pop() if len(found) == 1 else None


def in_order(layers: Sequence[ForeignLayer], ordered: bool) -> list[ForeignLayer] | None:
    """Layers in the order in which a network has them; None if that is not certain.

    Numbers in their names tell it, if nothing else tells these apart: ``conv2`` stands before
    ``conv10``, and Keras's ``conv2d`` before ``conv2d_1``.

    Args:
      layers: The layers, as they stand in the file.
      ordered: Whether that is their order, if only the numbers do not contradict.
    """
    keys = [_template_and_numbers(layer.name) for layer in layers]
    templates = {template for template, _ in keys}
    if not ordered:
        certain = len(templates) == 1 and len(set(keys)) == len(keys)
        by_number = sorted(zip(keys, layers, strict=True), key=lambda pair: pair[0])
        return [layer for _, layer in by_number] if certain else None
    for template in templates:
        numbers = [numbers for other, numbers in keys if other == template]
        if numbers != sorted(numbers):
            return None
    return list(layers)


def _listed(floats: Mapping[str, StoredTensor]) -> list[ForeignLayer]:
    """A kernel begins a layer; of the vectors after it one may be its bias.

    Four more are a normalisation. With any other number it is not known what they are.
    """
    runs: list[list[str]] = [[]]
    for name in sorted(floats, key=lambda name: _number(name.removeprefix("arr_"))):
        if len(floats[name].shape) > 1:
            runs.append([])
        runs[-1].append(name)
    layers = []
    for number, run in enumerate(runs):
        kernel = min(number, 1)  # Only the first run has none.
        bias = (len(run) - kernel) % 4
        if bias > kernel:
            continue
        if kernel:
            weights = dict(zip(("kernel", "bias"), run[: 1 + bias], strict=False))
            layers.append(ForeignLayer(run[0], weights))
        for i in range(kernel + bias, len(run), 4):
            parts = dict(zip(_NORMALISATION, run[i : i + 4], strict=True))
            layers.append(ForeignLayer(run[i], parts))
    return layers


def _by_number(names: Sequence[str], floats: Mapping[str, StoredTensor]) -> dict[str, str]:
    """What Keras's variables 0, 1, ... of a layer are; nothing if that is not known."""
    if len(floats[names[0]].shape) > 1 and len(names) <= 2:
        return dict(zip(("kernel", "bias"), names, strict=False))
    if all(len(floats[name].shape) == 1 for name in names) and len(names) == len(_NORMALISATION):
        return dict(zip(_NORMALISATION, names, strict=True))
    return {}


def _as_vectors(parts: dict[str, str], floats: Mapping[str, StoredTensor]) -> dict[str, str]:
    if any(len(floats[name].shape) > 1 for name in parts.values()):
        return parts
    return {{"kernel": "scale", "bias": "offset"}.get(p, p): name for p, name in parts.items()}


def _template_and_numbers(name: str) -> tuple[str, _Numbers]:
    templates, numbers = [], []
    for word in re.split(r"[./]", name):
        # Keras numbers only the second of a kind and on.
        last = re.search(r"_([0-9]+)$", word)
        stem = word[: last.start()] if last else word
        pieces = re.split(r"([0-9]+)", stem)
        templates.append("0".join(pieces[::2]))
        numbers += [_number(piece) for piece in [*pieces[1::2], last[1] if last else ""]]
    return "/".join(templates), tuple(numbers)


def _number(digits: str) -> tuple[int, str]:
    digits = digits.lstrip("0")
    return len(digits), digits

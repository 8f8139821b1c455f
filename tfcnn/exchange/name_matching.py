"""Which tensor of a foreign file is which of ours: by the map, by our paths, by order and shape.

By order and shape whole layers are put together. Of the layers whose kernels, or vectors, have one
shape there must be as many in the file as in the architecture. Where there are several, they go by
the order of the file, if it keeps one, and by the numbers in their names. If these differ or tell
nothing, the map has to say. And no layer of the file may be left over: then the architecture would
be another one.
"""

import collections
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from tfcnn.errors import InputError, check_choice, wrong
from tfcnn.exchange.foreign_layers import ForeignLayer, in_order, layers_of
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile
from tfcnn.model.layers import Shape

_SHOWN = 8
# What says of a layer which it may be: the shape of the first of these that it has.
_TELLING = ("kernel", "scale")


@dataclasses.dataclass(frozen=True)
class Match:
    """What a file has for a network.

    Attributes:
      names: Path -> name in the file.
      found: Those of its paths that were found by order and shape.
      zeros: The paths of biases that the file does not have.
    """

    names: Mapping[str, str]
    found: tuple[str, ...]
    zeros: tuple[str, ...]


def match(
    file: TensorFile,
    shapes: Mapping[str, Shape],
    name_map: Mapping[str, str],
    given: Collection[str],
    source: str,
) -> Match:
    """Finds the tensors of a network in a file; reads none.

    Args:
      file: The file.
      shapes: Path -> shape that the tensor has in the file, of every tensor of the network.
      name_map: Name in the file -> path.
      given: Paths whose values are known without the file.
      source: What to call it in messages.

    Raises:
      InputError: Something is missing, left over, of another shape, or fits in more than one way.
    """
    fixed = _fixed(file.tensors, shapes, name_map, given)
    for path, name in fixed.items():
        file.tensors[name].check(shapes[path])
    missing = [
        path
        for path in shapes
        if path not in fixed and path not in given and not path.startswith("input/")
    ]
    theirs = layers_of(file.tensors)
    names = {**fixed, **_beside(fixed, missing, theirs)}
    taken, begun = set(names.values()), _layers(fixed)
    free = [layer for layer in theirs if taken.isdisjoint(layer.parts.values())]
    whole = {path: shapes[path] for path in missing if path.partition("/")[0] not in begun}
    names |= _by_order_and_shape(whole, free, file, source)
    known = {*names.values(), *name_map, "input/mean", "input/deviation"}
    left = {
        name: tensor
        for name, tensor in file.tensors.items()
        if tensor.holds_floats and tensor.shape and name not in known
    }
    zeros = []
    for path in missing:
        if path in names:
            file.tensors[names[path]].check(shapes[path])
        # What is of the same shape may be that bias under another name.
        elif path.endswith("/bias") and shapes[path] not in {t.shape for t in left.values()}:
            zeros.append(path)
        else:
            raise _none(path, shapes[path], left, source)
    if left and _layers(shapes) - _layers(name_map.values()):
        raise InputError(
            f"{source}: expected no tensors but the architecture's, found also {_some(left)}: "
            "another architecture, or a name map that names a tensor of every layer"
        )
    found = tuple(path for path in missing if path in names)
    return Match(names, found, tuple(zeros))


def _layers(paths: Iterable[str]) -> set[str]:
    return {path.partition("/")[0] for path in paths} - {"input"}


def _fixed(
    tensors: Mapping[str, StoredTensor],
    shapes: Mapping[str, Shape],
    name_map: Mapping[str, str],
    given: Collection[str],
) -> dict[str, str]:
    """Path -> name of what the map says, and of what has our own path as its name.

    Our paths are meant only if the file, with the map, has every layer: another program that counts
    from 0 would call the second of three layers ``conv1`` too.
    """
    names: dict[str, str] = {}
    for name, path in name_map.items():
        check_choice("name_map", path, shapes)
        if path in names:
            raise wrong("name_map", f"one name for {path}", "two")
        names[path] = name
    for name in sorted(name_map.keys() - tensors.keys()):
        raise wrong("name_map", f"{_some(tensors)} of the file", repr(name[:60]))
    by_path = [path for path in shapes if path in tensors and path not in names]
    if _layers(shapes) - _layers(names) - _layers(by_path):
        by_path = [path for path in by_path if path.startswith("input/")]
    for path in by_path:
        if path in given:
            continue
        if path in name_map:
            raise InputError(
                f"name_map: expected a name for {path}, since that of the file is given to "
                f"{name_map[path]}, found none"
            )
        names[path] = path
    return {path: name for path, name in names.items() if path not in given}


def _beside(
    fixed: Mapping[str, str], missing: Sequence[str], theirs: Sequence[ForeignLayer]
) -> dict[str, str]:
    """Path -> name of what stands in the file in one layer with what is fixed already."""
    taken = set(fixed.values())
    layer_of = {name: layer for layer in theirs for name in layer.parts.values()}
    found: dict[str, str] = {}
    for path in missing:
        ours, _, part = path.partition("/")
        for other, name in fixed.items():
            beside = layer_of[name].parts.get(part) if name in layer_of else None
            if other.startswith(f"{ours}/") and beside and beside not in taken:
                found[path] = beside
    return found


def _by_order_and_shape(
    shapes: Mapping[str, Shape], theirs: Sequence[ForeignLayer], file: TensorFile, source: str
) -> dict[str, str]:
    """Path -> name, for whole layers of ours, of theirs with the telling tensor of one shape."""
    by_shape: dict[tuple[str, Shape], list[ForeignLayer]] = collections.defaultdict(list)
    for layer in theirs:
        for part in [part for part in _TELLING if part in layer.parts][:1]:
            by_shape[part, file.tensors[layer.parts[part]].shape].append(layer)
    ours: dict[str, dict[str, Shape]] = collections.defaultdict(dict)
    for path, shape in shapes.items():
        name, _, part = path.partition("/")
        ours[name][part] = shape
    our_names: dict[tuple[str, Shape], list[str]] = collections.defaultdict(list)
    for name, parts in ours.items():
        part = next(part for part in _TELLING if part in parts)
        our_names[part, parts[part]].append(name)
    found: dict[str, str] = {}
    for (part, shape), names in our_names.items():
        same = by_shape[part, shape]
        if len(same) < len(names):
            raise _none(f"{names[len(same)]}/{part}", shape, file.tensors, source)
        for name, layer in zip(names, _placed(same, names, part, shape, file, source), strict=True):
            found |= {f"{name}/{p}": layer.parts[p] for p in ours[name] if p in layer.parts}
    return found


def _placed(
    same: Sequence[ForeignLayer],
    names: Sequence[str],
    part: str,
    shape: Shape,
    file: TensorFile,
    source: str,
) -> Sequence[ForeignLayer]:
    """Their layers with a tensor of one shape, in the order of ours; refused if that is unknown."""
    shown = ", ".join(repr(layer.parts[part][:60]) for layer in same[:_SHOWN])
    if len(same) > len(names):
        raise wrong(
            source,
            f"{len(names)} of shape {shape}, for {', '.join(names)}",
            f"{shown}: another architecture, or a name map that says which",
        )
    placed = in_order(same, file.ordered)
    if placed is None:
        raise wrong(
            source,
            f"a name map that says which of {', '.join(names)} is which of {shown}, as they have "
            f"one shape, {shape}, and no order that is certain",
            "none",
        )
    return placed


def _none(path: str, shape: Shape, left: Mapping[str, StoredTensor], source: str) -> InputError:
    return InputError(
        f"{source}: expected a tensor for {path} of shape {shape}, found {_some(left)}: "
        "another architecture, or a name map that names it"
    )


def _some(tensors: Mapping[str, StoredTensor]) -> str:
    shown = [f"{name[:60]!r} {tensors[name].shape}" for name in list(tensors)[:_SHOWN]]
    return ", ".join([*shown, "..."] if len(tensors) > _SHOWN else shown) or "(nothing)"

"""Names are found by order and shape, or the map is asked for: never a wrong assignment in silence.

Each tensor is filled with the number of its place, so that it tells wherever it is put.
"""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.exchange import import_weights
from tfcnn.exchange.name_matching import match
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile
from tfcnn.model import parse

SQUARE = "flatten dense(4) dense(4) dense(4,act=linear)"
KINDS = ("weight", "bias")


def file_of(tensors, ordered, layout=None):
    stored = {
        name: StoredTensor(repr(name), np.shape(t), np.asarray(t).dtype.name, lambda t=t: t)
        for name, t in tensors.items()
    }
    return TensorFile(stored, layout, ordered)


def names_found(tensors, text, ordered, shape=(2, 2, 1), name_map=None):
    shapes = parse(text).tensor_shapes(shape)
    found = match(file_of(tensors, ordered), shapes, name_map or {}, (), "weights: f")
    return dict(found.names)


def dense_layers(*names, size=4):
    """By each name the kernel and the bias of a layer."""
    floats = {"weight": np.ones((size, size), np.float32), "bias": np.ones(size, np.float32)}
    return {f"{name}.{part}": floats[part] for name in names for part in KINDS}


def order_of(found):
    return [found[f"dense{i}/kernel"].rpartition(".")[0] for i in (1, 2, 3)]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(
    "names",
    [
        ("0", "2", "10"),
        ("fc1", "fc2", "fc10"),
        ("dense", "dense_1", "dense_10"),
        ("net.layer1.0", "net.layer1.1", "net.layer2.0"),
        ("module.fc_1", "module.fc_2", "module.fc_3"),
    ],
)
def test_layers_of_one_shape_go_by_their_numbers(ordered, names):
    assert order_of(names_found(dense_layers(*names), SQUARE, ordered)) == list(names)


def test_in_a_file_without_an_order_that_of_the_numbers_holds():
    for names in itertools.permutations(("0", "2", "10")):
        assert order_of(names_found(dense_layers(*names), SQUARE, False)) == ["0", "2", "10"]


def test_other_names_go_by_the_order_of_the_file_if_it_has_one():
    for names in itertools.permutations(("stem", "body", "head")):
        assert order_of(names_found(dense_layers(*names), SQUARE, True)) == list(names)


def refusal(call, *arguments, **options):
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (("stem", "body", "head"), False),
        (("fc2", "fc1", "fc3"), True),  # Made in another order than they are used in, or not?
        (("10", "2", "0"), True),
        (("stem", "fc2", "fc1"), True),
        (("fc", "fc1", "fc2"), False),
        (("a1", "a01", "a2"), False),
    ],
)
def test_where_the_order_is_not_certain_the_map_is_asked_for(names, ordered):
    said = refusal(names_found, dense_layers(*names), SQUARE, ordered)
    shown = ", ".join(repr(f"{name}.weight") for name in names)
    assert said == (
        "weights: f: expected a name map that says which of dense1, dense2, dense3 is which of "
        f"{shown}, as they have one shape, (4, 4), and no order that is certain, found none"
    )


def test_a_tensor_of_a_layer_in_the_map_is_enough():
    tensors = dense_layers("stem", "body", "head")
    name_map = {"head.weight": "dense3/kernel", "stem.bias": "dense1/bias"}
    found = names_found(tensors, SQUARE, False, name_map=name_map)
    assert order_of(found) == ["stem", "body", "head"]
    assert [found[f"dense{i}/bias"] for i in (1, 2, 3)] == ["stem.bias", "body.bias", "head.bias"]


def test_shapes_that_differ_tell_whatever_the_order():
    text = "conv(2,1) conv(3,1) flatten dense(4) dense(5,act=linear)"
    shapes = parse(text).tensor_shapes((2, 2, 1))
    layers = {f"conv{i}": ("conv1", "conv2", "dense1", "dense2")[i] for i in range(4)}
    for order in itertools.permutations(layers):
        tensors = {
            f"{name}/{part}": np.zeros(shapes[f"{layers[name]}/{part}"], np.float32)
            for name in order
            for part in ("kernel", "bias")
        }
        tensors = {f"net/{name}": tensor for name, tensor in tensors.items()}
        for ordered in (True, False):
            found = names_found(tensors, text, ordered)
            for name, ours in layers.items():
                assert found[f"{ours}/kernel"] == f"net/{name}/kernel"
                assert found[f"{ours}/bias"] == f"net/{name}/bias"


def test_vectors_of_one_shape_are_told_apart_by_what_they_are_called(tmp_path):
    """A bias, and four vectors of a normalisation, in every order of the file."""
    text = "conv(3,1,act=linear) batchnorm flatten dense(3) dense(3,act=linear)"
    torch_names = {
        "conv.weight": "conv1/kernel",
        "conv.bias": "conv1/bias",
        "norm.weight": "batchnorm1/scale",
        "norm.bias": "batchnorm1/offset",
        "norm.running_mean": "batchnorm1/moving_mean",
        "norm.running_var": "batchnorm1/moving_variance",
        "fc.0.weight": "dense1/kernel",
        "fc.0.bias": "dense1/bias",
        "fc.1.weight": "dense2/kernel",
        "fc.1.bias": "dense2/bias",
    }
    shapes = parse(text).tensor_shapes((1, 1, 1))
    generator = np.random.default_rng(0)
    for _ in range(30):
        state = {}
        for name in generator.permutation(list(torch_names)):
            value = list(torch_names).index(name) + 1
            shape = shapes[torch_names[name]]
            shape = shape[-1:-3:-1] + shape[:-2] if len(shape) == 4 else shape[::-1]
            state[str(name)] = np.full(shape, value, np.float32)
        state["norm.num_batches_tracked"] = np.array(5)
        np.savez(tmp_path / "w.npz", **state)
        imported = import_weights(tmp_path / "w.npz", parse(text), (1, 1, 1))
        tensors = imported.network.tensors()
        for value, path in enumerate(torch_names.values(), start=1):
            assert (tensors[path] == value).all(), path
        assert imported.unused == ("norm.num_batches_tracked",)


def test_names_that_are_our_paths_by_chance_are_not_taken_for_them():
    """Of a program that counts its layers from 0."""
    tensors = {
        f"dense{i}/{part}": np.zeros(shape, np.float32)
        for i in (0, 1, 2)
        for part, shape in (("kernel", (4, 4)), ("bias", 4))
    }
    for ordered in (True, False):
        found = names_found(tensors, SQUARE, ordered)
        assert [found[f"dense{i}/kernel"] for i in (1, 2, 3)] == [
            f"dense{i}/kernel" for i in (0, 1, 2)
        ]
    more = tensors | {f"dense3/{part}": tensors[f"dense0/{part}"] for part in ("kernel", "bias")}
    said = refusal(names_found, more, SQUARE, True)
    assert said.startswith("weights: f: expected no tensors but the architecture's, found also 'de")


@given(st.permutations(range(6)), st.booleans())
def test_whatever_the_order_each_layer_is_found_or_nothing_is(order, ordered):
    """Six layers of two shapes, numbered as they are used, listed in any order."""
    text = "flatten dense(4) dense(4) dense(4) dense(5) dense(5) dense(5,act=linear)"
    shapes = parse(text).tensor_shapes((2, 2, 1))
    tensors = {
        f"fc{i}.{theirs}": np.zeros(shapes[f"dense{i + 1}/{ours}"], np.float32)
        for i in order
        for theirs, ours in (("weight", "kernel"), ("bias", "bias"))
    }
    with contextlib.suppress(InputError):
        found = names_found(tensors, text, ordered)
        for i in range(6):
            assert found[f"dense{i + 1}/kernel"] == f"fc{i}.weight"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("01", "expected a tensor for dense3/kernel of shape (4, 4), found '0.weight' (4, 4)"),
        ("0123", "expected 3 of shape (4, 4), for dense1, dense2, dense3, found '0.weight', "),
    ],
)
def test_another_number_of_layers_is_refused(names, said):
    for ordered in (True, False):
        message = refusal(names_found, dense_layers(*names), SQUARE, ordered)
        assert message.startswith(f"weights: f: {said}")


@pytest.mark.parametrize(
    "beside",
    [
        {"aux.weight": np.zeros((7, 7), np.float32)},
        {"aux.weight_g": np.zeros(4, np.float32)},
        {"norm.weight": np.zeros(4, np.float32), "norm.bias": np.zeros(4, np.float32)},
        {"std": np.zeros(1, np.float32)},
    ],
)
def test_weights_that_are_left_over_are_refused_unless_the_map_names_every_layer(beside):
    tensors = dense_layers("0", "1", "2") | beside
    said = refusal(names_found, tensors, SQUARE, True)
    first = next(iter(beside))
    expected = "weights: f: expected no tensors but the architecture's, found also "
    assert said.startswith(f"{expected}{first!r}")
    name_map = {f"{i}.weight": f"dense{i + 1}/kernel" for i in range(3)}
    assert order_of(names_found(tensors, SQUARE, True, name_map=name_map)) == ["0", "1", "2"]


def test_what_is_no_weight_may_be_left_over():
    beside = {"steps": np.array(3), "rate": np.array(0.5, np.float32), "text": np.array("a")}
    tensors = dense_layers("0", "1", "2") | beside
    assert order_of(names_found(tensors, SQUARE, True)) == ["0", "1", "2"]


def test_a_normalisation_without_all_its_tensors_is_refused():
    tensors = dense_layers("1", size=2)
    tensors |= {"0.running_mean": np.zeros(2, np.float32), "0.running_var": np.ones(2, np.float32)}
    said = refusal(names_found, tensors, "flatten batchnorm dense(2,act=linear)", True, (1, 2, 1))
    assert said.startswith("weights: f: expected a tensor for batchnorm1/scale of shape (2,), ")


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 7, 8, 9])
def test_a_list_of_arrays_is_read_as_kernels_biases_and_normalisations(count):
    """After a kernel 0, 1, 4, 5, 8, 9 vectors; others could mean more than one thing."""
    tensors = {"arr_0": np.zeros((3, 3), np.float32)}
    tensors |= {f"arr_{i}": np.zeros(3, np.float32) for i in range(1, count + 1)}
    normalisations = count // 4
    text = " ".join(["flatten dense(3,act=linear)", *["batchnorm"] * normalisations])
    if count % 4 > 1:
        refusal(names_found, tensors, text, False, (1, 3, 1))
        return
    found = names_found(tensors, text, False, (1, 3, 1))
    assert found.get("dense1/bias") == ("arr_1" if count % 4 else None)
    first = 1 + count % 4
    parts = ("scale", "offset", "moving_mean", "moving_variance")
    for i, (number, part) in enumerate(itertools.product(range(1, normalisations + 1), parts)):
        assert found[f"batchnorm{number}/{part}"] == f"arr_{first + i}"


def test_parameters_of_flax_are_found_with_their_averages(tmp_path):
    tensors = {
        "params/Conv_0/kernel": np.full((1, 1, 1, 2), 1, np.float32),
        "params/Conv_0/bias": np.full(2, 2, np.float32),
        "params/BatchNorm_0/scale": np.full(2, 3, np.float32),
        "params/BatchNorm_0/bias": np.full(2, 4, np.float32),
        "batch_stats/BatchNorm_0/mean": np.full(2, 5, np.float32),
        "batch_stats/BatchNorm_0/var": np.full(2, 6, np.float32),
    }
    safetensors.numpy.save_file(tensors, tmp_path / "w.safetensors")
    text = "conv(2,1,act=linear) batchnorm globalaverage"
    imported = import_weights(tmp_path / "w.safetensors", parse(text), (1, 1, 1))
    assert imported.layout == "tensorflow"
    for name, path in {
        "params/BatchNorm_0/scale": "batchnorm1/scale",
        "params/BatchNorm_0/bias": "batchnorm1/offset",
        "batch_stats/BatchNorm_0/mean": "batchnorm1/moving_mean",
        "batch_stats/BatchNorm_0/var": "batchnorm1/moving_variance",
        "params/Conv_0/kernel": "conv1/kernel",
    }.items():
        assert imported.names[path] == name
        np.testing.assert_array_equal(imported.network.tensors()[path], tensors[name])


# Whose order of axes.

RECTANGLE = "flatten dense(2,act=linear)"


def saved(path, tensors):
    safetensors.numpy.save_file(tensors, path)
    return path


def layout_found(path, text, shape, **options):
    return import_weights(path, parse(text), shape, **options).layout


def test_the_layout_is_the_only_one_that_fits_or_the_one_that_the_names_speak_for(tmp_path):
    path = tmp_path / "w.safetensors"
    vector = np.zeros(2, np.float32)
    for kernel, bias in (("w", "b"), ("weight", "bias"), ("kernel", "bias")):
        tensors = {f"0.{kernel}": np.zeros((2, 6), np.float32), f"0.{bias}": vector}
        saved(path, tensors)
        if kernel == "kernel":  # Its names say TensorFlow, its shape PyTorch.
            said = refusal(layout_found, path, RECTANGLE, (3, 2, 1))
            assert said == (
                "layout: expected pytorch, the only one that the shapes fit, found names or a file "
                "of tensorflow"
            )
            assert layout_found(path, RECTANGLE, (3, 2, 1), layout="pytorch") == "pytorch"
        else:
            assert layout_found(path, RECTANGLE, (3, 2, 1)) == "pytorch"
        saved(path, {f"0.{kernel}": np.eye(2, dtype=np.float32), f"0.{bias}": vector})
        if kernel == "w":
            said = refusal(layout_found, path, RECTANGLE, (2, 1, 1))
            assert said == (
                "layout: expected one of tensorflow, pytorch, as the shapes fit each and the names "
                "tell nothing, found auto"
            )
            assert layout_found(path, RECTANGLE, (2, 1, 1), layout="pytorch") == "pytorch"
        else:
            expected = "pytorch" if kernel == "weight" else "tensorflow"
            assert layout_found(path, RECTANGLE, (2, 1, 1)) == expected


def test_a_layout_that_does_not_fit_is_named_with_the_one_that_does(tmp_path):
    path = saved(tmp_path / "w.safetensors", {"0.weight": np.zeros((2, 6), np.float32)})
    said = refusal(layout_found, path, RECTANGLE, (3, 2, 1), layout="tensorflow")
    assert said == "layout: expected pytorch, the only one that the shapes fit, found tensorflow"
    said = refusal(layout_found, path, "flatten dense(3,act=linear)", (3, 2, 1))
    assert said.startswith(f"weights: {path}: expected a tensor for dense1/kernel of shape (3, 6)")

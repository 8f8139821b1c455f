from __future__ import annotations

import pytest

from tfcnn.errors import InputError
from tfcnn.model.architecture import parse
from tfcnn.model.zoo import ZOO, find


def shapes(name):
    return [placed.output_shape for placed in ZOO[name].place((28, 28, 1))]


def test_simple128_widens_the_last_conv():
    assert shapes("simple128")[4:] == [(3, 3, 128), (1152,), (100,), (10,)]


def test_mlp_has_two_hidden_layers_of_70_and_30():
    assert shapes("mlp") == [(784,), (70,), (30,), (10,)]


def test_vgg_chains_two_convs_before_each_pool():
    words = [layer.kind for layer in ZOO["vgg"].layers]
    assert words[:9] == ["conv", "conv", "pool"] * 3
    assert shapes("vgg")[8] == (3, 3, 128)


def test_strided_has_no_pool():
    kinds = {layer.kind for layer in ZOO["strided"].layers}
    assert kinds == {"conv", "flatten", "dense"}
    assert [shape[:2] for shape in shapes("strided")[:5]] == [
        (26, 26),
        (12, 12),
        (10, 10),
        (4, 4),
        (2, 2),
    ]


@pytest.mark.parametrize("name", ["simple", "simple128", "mlp", "vgg", "strided", "chain13"])
def test_each_ends_in_ten_linear_logits_and_is_found_by_name_and_text(name):
    assert shapes(name)[-1] == (10,)
    assert ZOO[name].layers[-1].activation == "linear"
    assert find(name) == ZOO[name]
    assert find(str(ZOO[name])) == parse(str(ZOO[name])) == ZOO[name]


@pytest.mark.parametrize("name", ["simple", "simple128", "mlp", "vgg", "strided", "chain13"])
def test_the_last_layer_fits_the_classes(name):
    assert str(find(name, 3)) == str(ZOO[name]).replace(
        "dense(10,act=linear)", "dense(3,act=linear)"
    )
    assert find(name, 3).place((28, 28, 1))[-1].output_shape == (3,)


def test_a_text_keeps_the_classes_that_it_says():
    assert find("flatten dense(10,act=linear)", 3) == parse("flatten dense(10,act=linear)")


def test_find_takes_any_text():
    assert find("flatten") == parse("flatten")
    assert find("batchnorm") == parse("batchnorm")
    assert find("flatten dense(3)") == parse("flatten dense(3)")


@pytest.mark.parametrize("name", ["Simple", "resnet"])
def test_find_lists_the_names_it_knows(name):
    with pytest.raises(InputError, match=f"expected simple, simple128, .*found '{name}'"):
        find(name)


@pytest.mark.parametrize(
    ("word", "missing"),
    [
        ("conv", "filters and kernel_size"),
        ("max", "size"),
        ("dense", "units"),
        ("dropout", "rate"),
    ],
)
def test_find_says_what_a_layer_alone_lacks(word, missing):
    with pytest.raises(InputError) as caught:
        find(word)
    said = f"architecture: '{word}': expected {missing} in brackets, found nothing"
    assert str(caught.value) == said

"""The table leaves out no layer and no option."""

from __future__ import annotations

import collections
import dataclasses

import pytest

from tfcnn.exchange import numpy_network
from tfcnn.model import parse
from tfcnn.model.architecture import Architecture
from tfcnn.model.layers import Layer


@pytest.fixture(name="by_word", scope="module")
def _by_word(cases):
    """Word -> the layers of the table that are written with it."""
    found = collections.defaultdict(list)
    for case in cases:
        for layer in parse(case).layers:
            found[str(Architecture((layer,))).partition("(")[0]].append(layer)
    return found


def _kinds_below(kind):
    for below in kind.__subclasses__():
        if below.__module__.startswith("tfcnn."):
            yield below
            yield from _kinds_below(below)


def test_every_word_and_every_class_of_layers_has_an_entry(by_word, choices):
    assert set(by_word) == set(choices["words"])
    # A class that others are derived from is no layer of its own.
    classes = {kind for kind in _kinds_below(Layer) if not kind.__subclasses__()}
    assert classes == {type(layer) for layers in by_word.values() for layer in layers}


def test_every_option_of_every_layer_is_tried(by_word, choices):
    assert set(choices["activation"]) == set(numpy_network.ACTIVATION_FUNCTIONS)
    for word, layers in by_word.items():
        for field in dataclasses.fields(layers[0]):
            values = {getattr(layer, field.name) for layer in layers}
            where = f"{word}: {field.name}: {values}"
            if field.name in choices:
                assert values == set(choices[field.name]), where
            elif field.default is not dataclasses.MISSING:
                assert values - {field.default}, where
            pairs = [value for value in values if isinstance(value, tuple)]
            assert not pairs or any(height != width for height, width in pairs), where

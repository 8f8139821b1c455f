"""Architectures ready to train, and how any is found by its name or text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from tfcnn.arguments import checked, whole
from tfcnn.errors import InputError, told
from tfcnn.model.architecture import Architecture, parse
from tfcnn.model.layers import WORDS
from tfcnn.model.layers.dense import Dense
from tfcnn.model.layers.fields import MAX_COUNT

_ELEVEN_CONVS = " ".join(["conv(128,3)"] * 11)

# For images of ten classes; ``find`` fits them to others.
ZOO: Mapping[str, Architecture] = {
    name: parse(text)
    for name, text in {
        "simple": "conv(32,3) max(2) conv(64,3) max(2) conv(64,3) "
        "flatten dense(100) dense(10,act=linear)",
        "simple128": "conv(32,3) max(2) conv(64,3) max(2) conv(128,3) "
        "flatten dense(100) dense(10,act=linear)",
        "mlp": "flatten dense(70) dense(30) dense(10,act=linear)",
        "vgg": "conv(32,3,pad=same) conv(32,3,pad=same) max(2) "
        "conv(64,3,pad=same) conv(64,3,pad=same) max(2) "
        "conv(128,3,pad=same) conv(128,3,pad=same) max(2) "
        "flatten dropout(0.3) dense(128) dropout(0.3) dense(10,act=linear)",
        "strided": "conv(32,3) conv(32,3,stride=2) conv(64,3) conv(64,3,stride=2) conv(64,3) "
        "flatten dense(100) dense(10,act=linear)",
        "chain13": f"conv(32,3) conv(64,3) {_ELEVEN_CONVS} flatten dense(10,act=linear)",
    }.items()
}


@checked
def find(
    name_or_text: str | Architecture, classes: Annotated[int, whole(1, MAX_COUNT)] = 10
) -> Architecture:
    """The architecture of the zoo with this name, or else the one that the text describes.

    >>> str(tfcnn.model.find("mlp"))
    'flatten dense(70) dense(30) dense(10,act=linear)'
    >>> tfcnn.model.find("flatten dense(10,act=linear)").names
    ('flatten', 'dense1')

    Args:
      name_or_text: A name in ``ZOO``, or a text as ``parse`` reads it, or an
        architecture, which is given back.
      classes: How many outputs the last layer of a zoo's architecture has; a text says it itself.

    Raises:
      InputError: It is neither.
    """
    if isinstance(name_or_text, Architecture):
        return name_or_text
    if name_or_text in ZOO:
        hidden = ZOO[name_or_text].layers[:-1]
        return Architecture((*hidden, Dense(classes, activation="linear")))
    if name_or_text.isidentifier() and name_or_text not in WORDS:
        raise InputError(
            f"architecture: expected {', '.join(ZOO)} or a text such as "
            f"'flatten dense(10,act=linear)', found {told(name_or_text)}"
        )
    return parse(name_or_text)

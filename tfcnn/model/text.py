"""The text of an architecture, such as ``conv(32,3) max(2) flatten dense(10,act=linear)``.

Layers stand in order, with white space between them. Each is a word, and in brackets its fields:
those that have to be given by place, the others by keyword. The classes in ``tfcnn.model.layers``
show their own. A size or a stride is one number for a square, or two for height and width:
``conv(8,(5,3))``.
"""

from __future__ import annotations

import ast
import dataclasses
import warnings
from typing import Any

from tfcnn.errors import InputError
from tfcnn.model.layers import WORDS, Layer

MAX_TEXT_LENGTH = 10_000

_KEYWORDS = {"padding": "pad", "activation": "act"}


def parse_layers(text: str) -> tuple[Layer, ...]:
    """Reads the layers of an architecture's text.

    Python's ``ast`` module splits each word into a name and literal values; nothing in it is
    ever evaluated.

    Raises:
      InputError: The text is not an architecture; the message shows the word at fault.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise InputError(
            f"architecture: expected at most {MAX_TEXT_LENGTH} characters, found {len(text)}"
        )
    layers = tuple(_read_layer(word) for word in _split(text))
    if not layers:
        raise InputError("architecture: expected at least one layer, found an empty text")
    return layers


def layer_to_text(layer: Layer) -> str:
    """The shortest text that reads back as ``layer``."""
    arguments = []
    for field in dataclasses.fields(layer):
        value = getattr(layer, field.name)
        if field.default is dataclasses.MISSING:
            arguments.append(_literal(value))
        elif value != field.default:
            arguments.append(f"{_keyword(field)}={_literal(value)}")
    return f"{layer.word}({','.join(arguments)})" if arguments else layer.word


def _keyword(field: dataclasses.Field[Any]) -> str:
    return _KEYWORDS.get(field.name, field.name)


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        height, width = value
        return str(height) if height == width else f"({height},{width})"
    return str(value)


def _split(text: str) -> list[str]:
    """Cuts at white space outside brackets."""
    words, depth, word = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character.isspace() and depth <= 0:
            words.append(word)
            word = ""
        else:
            word += character
    return [word for word in [*words, word] if word]


def _read_layer(word: str) -> Layer:
    try:
        if "#" in word:  # Python would take the rest for a comment and drop it.
            raise SyntaxError
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # What Python only warns of, such as 1or, is no number.
            expression = ast.parse(word, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InputError(f"architecture: cannot read {_shorten(word)}") from None
    called = expression.func if isinstance(expression, ast.Call) else expression
    if not isinstance(called, ast.Name) or called.id not in WORDS:
        raise InputError(
            f"architecture: expected one of {', '.join(WORDS)}, found {_shorten(word)}"
        )
    kind = WORDS[called.id]
    try:
        values = _bind(kind, expression, word) if isinstance(expression, ast.Call) else {}
        missing = [field.name for field in _required(kind) if field.name not in values]
        if missing:
            raise InputError(f"expected {' and '.join(missing)} in brackets, found nothing")
    except InputError as error:
        raise InputError(f"architecture: {_shorten(word)}: {error}") from None
    return kind(**values)


def _required(kind: type[Layer]) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]


def _bind(kind: type[Layer], call: ast.Call, word: str) -> dict[str, Any]:
    """Reads a call's arguments: the required fields by place, the others by keyword."""
    required = _required(kind)
    fields = dataclasses.fields(kind)
    optional = {_keyword(field): field for field in fields if field not in required}
    if len(call.args) > len(required):
        names = ", ".join(field.name for field in required) or "nothing"
        raise InputError(f"expected {names} without a keyword, found {len(call.args)} values")
    values = {
        field.name: _read(kind, field, node, word)
        for field, node in zip(required, call.args, strict=False)
    }
    for argument in call.keywords:
        name = argument.arg or "**"
        if name not in optional:
            raise InputError(
                f"expected the options {', '.join(optional) or '(none)'}, found {_shorten(name)}"
            )
        field = optional[name]
        if field.name in values:
            raise InputError(f"expected {name} once, found it twice")
        values[field.name] = _read(kind, field, argument.value, word)
    return values


def _read(kind: type[Layer], field: dataclasses.Field[Any], node: ast.expr, word: str) -> Any:
    try:
        return kind.checked(field.name, _value(node))
    except InputError as error:
        found = _shorten(ast.get_source_segment(word, node) or word)
        raise InputError(f"{_keyword(field)}: {error}, found {found}") from None


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _value(node: ast.expr) -> object:
    """A number, a word or a tuple of them; for anything else an object that fits nowhere."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Tuple):
        return tuple(map(_value, node.elts))
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    return object()

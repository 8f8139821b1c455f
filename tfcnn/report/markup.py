"""Tables and pictures as HTML. Every text goes in escaped."""

from __future__ import annotations

import base64
import html
import io
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from PIL import Image

from tfcnn.errors import InputError
from tfcnn.regular_files import read_regular
from tfcnn.report.tables import Table
from tfcnn.shown_names import shown

# A4 holds no more columns; the others follow in a table of their own, behind the first column.
MOST_COLUMNS = 11
_MOST_WEBP_PIXELS = 2**14 - 1


def escaped(text: str) -> str:
    """A text as it goes into the page, where it is shown and does nothing."""
    return html.escape(shown(text))


def table(content: Table, caption: str, name: str = "") -> str:
    """A table with its caption (finished HTML) above it, and as many parts as its width needs."""
    first, *others = range(len(content.header))
    parts = [others[at : at + MOST_COLUMNS - 1] for at in range(0, len(others), MOST_COLUMNS - 1)]
    return "\n".join(
        _part(content, [first, *columns], caption if not place else "Further columns.", name)
        for place, columns in enumerate(parts or [[]])
    )


def pairs(values: Mapping[str, Any], caption: str) -> str:
    """Names and values of nested objects, a line each."""
    rows = "\n".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(text)}</td></tr>'
        for name, text in _flattened(values)
    )
    return f'<table class="pairs">\n<caption>{caption}</caption>\n<tbody>\n{rows}\n</tbody></table>'


def figure(path: pathlib.Path, seen: str, made: str) -> str:
    """A picture with what is seen on it, a plain text, and how it was made, finished HTML.

    Raises:
      InputError: The file is no PNG file, or too large.
    """
    kind, content, (width, height) = _smaller(path)
    sides = f' width="{width}" height="{height}"'
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<figure>\n<img alt="{escaped(seen)}"{sides} '
        f'src="data:image/{kind};base64,{data}">\n'
        f"<figcaption>{escaped(seen)} {made}</figcaption>\n</figure>"
    )


def folded(heading: str, content: str, count: str = "") -> str:
    """A part of the page that can be folded; open until a script folds it."""
    told = f' <span class="count">{escaped(count)}</span>' if count else ""
    return (
        f"<details open>\n<summary><h2>{escaped(heading)}</h2>{told}</summary>\n"
        f"{content}\n</details>"
    )


def _part(content: Table, columns: list[int], caption: str, name: str) -> str:
    head = "".join(f'<th scope="col">{escaped(content.header[at])}</th>' for at in columns)
    rows = "\n".join(
        "<tr>"
        + f'<th scope="row">{escaped(row[columns[0]])}</th>'
        + "".join(f"<td>{escaped(row[at])}</td>" for at in columns[1:])
        + "</tr>"
        for row in content.rows
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escaped(name or "table")}">'
        f"\n<table>\n<caption>{caption}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields dotted names and texts of all values of nested objects."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield prefix + name, joined(value)
        else:
            yield prefix + name, str(value)


def joined(values: Iterable[object]) -> str:
    """Texts with commas between them."""
    return ", ".join(map(str, values))


def _smaller(path: pathlib.Path) -> tuple[str, bytes, tuple[int, int]]:
    """A PNG file's pixels as lossless WebP, a third of the bytes, with the picture's sides.

    WebP has no picture of more than 2^14 pixels a side; that one stays a PNG.

    Raises:
      InputError: It is no PNG file.
    """
    content = read_regular(path, kind="a PNG file")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            pixels = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InputError(f"{path}: expected a PNG file, found something else") from None
    packed = io.BytesIO()
    if max(pixels.size) <= _MOST_WEBP_PIXELS:
        pixels.save(packed, "WEBP", lossless=True, method=4, quality=70)
    if 0 < packed.tell() < len(content):
        return "webp", packed.getvalue(), pixels.size
    return "png", content, pixels.size

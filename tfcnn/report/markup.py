"""Tables and pictures as HTML. Every text goes in escaped."""

from __future__ import annotations

import base64
import html
import io
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from PIL import Image

from tfcnn.report.tables import Table

# A4 holds no more columns; the others follow in a table of their own, behind the first column.
MOST_COLUMNS = 11


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
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(text)}</td></tr>'
        for name, text in _flattened(values)
    )
    return f'<table class="pairs">\n<caption>{caption}</caption>\n<tbody>\n{rows}\n</tbody></table>'


def figure(path: pathlib.Path, seen: str, made: str) -> str:
    """A picture with what is seen on it, a plain text, and how it was made, finished HTML."""
    kind, content, size = _smaller(path.read_bytes())
    sides = f' width="{size[0]}" height="{size[1]}"' if size else ""
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<figure>\n<img alt="{html.escape(seen)}"{sides} '
        f'src="data:image/{kind};base64,{data}">\n'
        f"<figcaption>{html.escape(seen)} {made}</figcaption>\n</figure>"
    )


def folded(heading: str, content: str, count: str = "") -> str:
    """A part of the page that can be folded; open until a script folds it."""
    told = f' <span class="count">{html.escape(count)}</span>' if count else ""
    return (
        f"<details open>\n<summary><h2>{html.escape(heading)}</h2>{told}</summary>\n"
        f"{content}\n</details>"
    )


def _part(content: Table, columns: list[int], caption: str, name: str) -> str:
    head = "".join(f'<th scope="col">{html.escape(content.header[at])}</th>' for at in columns)
    rows = "\n".join(
        "<tr>"
        + f'<th scope="row">{html.escape(row[columns[0]])}</th>'
        + "".join(f"<td>{html.escape(row[at])}</td>" for at in columns[1:])
        + "</tr>"
        for row in content.rows
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{html.escape(name or "table")}">'
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


def _smaller(content: bytes) -> tuple[str, bytes, tuple[int, int] | None]:
    """A PNG file's pixels as lossless WebP, a third of the bytes; what is no PNG as it is."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            packed = io.BytesIO()
            image.convert("RGB").save(packed, "WEBP", lossless=True, method=4, quality=70)
            if packed.tell() < len(content):
                return "webp", packed.getvalue(), image.size
            return "png", content, image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "png", content, None

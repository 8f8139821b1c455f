"""A run on one page: a single HTML file that computes, and needs nothing from elsewhere."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tfcnn.atomic_files import UNFINISHED, write_text
from tfcnn.data import Preparation
from tfcnn.errors import InputError
from tfcnn.json_files import read_json
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.page import LivePart, live_part
from tfcnn.report.drawing.png import read_description
from tfcnn.report.drawing.words import evenly
from tfcnn.report.tables import Table, geometry_table, weights_table
from tfcnn.runs import Run

MOST_STATES = 12  # Stops of the slider over the training, besides its end.
# Beside the style of the live part, which holds for the whole page.
_STYLE = """
main section { overflow-x: auto; }
main table { font-size: 0.85rem; }
main th, main td { padding: 0.2rem 0.7rem; text-align: right; }
main th, main td { border-bottom: 1px solid var(--line); }
main th { white-space: nowrap; }
main th:first-child, main td:first-child { text-align: left; }
main table.pairs td { text-align: left; overflow-wrap: anywhere; }
"""


def write_report(run_dir: str | os.PathLike[str]) -> pathlib.Path:
    """Writes ``report.html`` into a finished run: choices, figures, tables and all its pictures.

    Args:
      run_dir: The run's folder.

    Returns:
      The path of the page.

    Raises:
      InputError: The folder has no finished run, or a file of it is damaged.
    """
    run = Run(pathlib.Path(run_dir))
    files, network, config = run.files, run.network(), run.config
    # Weights trained elsewhere come without a history.
    trained_here = files.metrics.exists() or files.environment.exists()
    epochs = {"Epoch by epoch": _table(_metrics_table(files.metrics))} if trained_here else {}
    machine = {"Made on": _pairs(read_json(files.environment))} if trained_here else {}
    pictures = sorted(
        (path for path in run.plots.glob("*.png") if not path.name.startswith(UNFINISHED)),
        key=_by_number,
    )
    sections = {
        **epochs,
        "Pictures": "\n".join(_figure(path) for path in pictures),
        "What each layer sees, holds and costs": _table(
            geometry_table(geometry(network.architecture, network.input_shape))
        ),
        "Weights": _table(weights_table(network.weights)),
        "Choices": _pairs(config),
        **machine,
    }
    path = run.path / "report.html"
    title = f"Run {run.path.resolve().name}"
    write_text(path, _page(title, _head(config), _live(run, network), sections))
    return path


def _head(config: Mapping[str, Any]) -> str:
    """What was trained, on what, in a sentence."""
    dataset = config.get("dataset")
    name = dataset.get("name", "its data") if isinstance(dataset, dict) else "its data"
    architecture = html.escape(str(config.get("architecture", "")))
    return f"<p>A network for {html.escape(str(name))}: <code>{architecture}</code></p>"


def _live(run: Run, network: Network) -> LivePart:
    """The part that computes; what the run does not say, or cannot be read, is left out of it."""
    names: Sequence[str] = list(map(str, range(network.classes)))
    preparation, data, states = Preparation(), None, []
    with contextlib.suppress(InputError):
        names = run.class_names
    with contextlib.suppress(InputError):
        preparation = run.preparation()
    with contextlib.suppress(InputError):
        data = run.data()
    with contextlib.suppress(InputError):
        found = run.states()
        states = [found[place] for place in evenly(len(found), MOST_STATES)]
    return live_part(network, names, preparation, data, states)


def _page(title: str, head: str, live: LivePart, sections: Mapping[str, str]) -> str:
    """The page; ``head`` and ``sections``, by plain headings, are finished HTML."""
    body = "\n".join(
        f"<section>\n<h2>{html.escape(heading)}</h2>\n{content}\n</section>"
        for heading, content in sections.items()
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{live.policy}">\n'
        f"<title>{html.escape(title)}</title>\n<style>{live.style}{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{html.escape(title)}</h1>\n{head}\n{live.body}\n"
        f"<main>\n{body}\n</main>\n{live.data}\n</body>\n</html>\n"
    )


def _table(table: Table) -> str:
    return (
        f"<table>\n{_row(table.header, 'th')}\n" + "\n".join(map(_row, table.rows)) + "\n</table>"
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return '<table class="pairs">\n' + "\n".join(map(_row, _flattened(values))) + "\n</table>"


def _row(cells: Iterable[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields dotted names and texts of all values of nested objects."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield prefix + name, ", ".join(map(str, value))
        else:
            yield prefix + name, str(value)


def _metrics_table(path: pathlib.Path) -> Table:
    """Reads ``metrics.jsonl``."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected a JSON object a line, found {error}") from None
    if not rows or not all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        raise InputError(f"{path}: expected JSON objects with the same keys on each line")
    cells = tuple(tuple(_number(value) for value in row.values()) for row in rows)
    return Table(tuple(key.replace("_", " ") for key in rows[0]), cells)


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _by_number(path: pathlib.Path) -> list[str | int]:
    """Sorts the sheets of a picture as they are numbered, ``_2`` before ``_10``."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", path.stem)]


def _figure(path: pathlib.Path) -> str:
    """Returns a picture as part of the page, with its file's name and what that says it shows."""
    description = read_description(path)
    caption = html.escape(f"{path.name}: {description}" if description else path.name)
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return (
        f'<figure>\n<img alt="{caption}" src="data:image/png;base64,{data}">\n'
        f"<figcaption>{caption}</figcaption>\n</figure>"
    )

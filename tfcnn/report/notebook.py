"""What things look like in a notebook: the pictures of the programs, inline, and tables."""

from __future__ import annotations

import base64
import functools
import io
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from tfcnn.ascent.evidence import Evidence
from tfcnn.ascent.objectives import Objective
from tfcnn.ascent.patterns import Patterns
from tfcnn.ascent.words import terms_in_words
from tfcnn.data.dataset import Dataset
from tfcnn.errors import InputError
from tfcnn.inspection.attribution import Attributions
from tfcnn.inspection.comparison import Comparison, LayerComparison
from tfcnn.inspection.matching import Matching
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.report import markup
from tfcnn.report.attributions import draw_attributions
from tfcnn.report.checks import COLOURS
from tfcnn.report.comparison import comparison_table, draw_comparison, draw_matching
from tfcnn.report.drawing.png import DOTS_PER_INCH, read_description
from tfcnn.report.evidence_table import evidence_table
from tfcnn.report.learning_curves import draw_learning_curves
from tfcnn.report.pattern_grids import draw_filter_grid
from tfcnn.report.patterns_table import pattern_table
from tfcnn.report.samples import class_counts_table, draw_samples
from tfcnn.report.tables import Table, geometry_table, sweep_table
from tfcnn.runs.metrics import History
from tfcnn.runs.run import Run
from tfcnn.runs.sweep import Sweep
from tfcnn.showing import Shown, line_of

_PIXELS_PER_INCH = 96  # Of CSS: pictures are as large as they were drawn.
_LONG = 12  # Rows that stand on the screen without a bar to scroll by.


def to_html(thing: Shown) -> str:
    """What ``Shown._repr_html_`` gives: a line, then tables and pictures."""
    name, line = type(thing).__name__, markup.escaped(line_of(thing))
    # A table says by itself what it is.
    head = [] if isinstance(thing, Table) else [f"<p><strong>{name}</strong> {line}</p>"]
    return "\n".join(["<div>", *head, *_parts(thing), "</div>"])


@functools.singledispatch
def _parts(thing: Shown) -> Iterator[str]:
    """What stands below the line, finished HTML."""
    return iter(())


@_parts.register
def _(table: Table) -> Iterator[str]:
    yield _table(table)


@_parts.register
def _(network: Network) -> Iterator[str]:
    rows = geometry(network.architecture, network.input_shape)
    yield _table(geometry_table(rows))


@_parts.register
def _(history: History) -> Iterator[str]:
    if history:
        rows = [metrics.to_json() for metrics in history]
        yield _picture(functools.partial(draw_learning_curves, rows))


@_parts.register
def _(data: Dataset) -> Iterator[str]:
    if data.train.images.shape[-1] in COLOURS:
        yield _picture(functools.partial(draw_samples, data))
    yield _table(class_counts_table(data))


@_parts.register
def _(patterns: Patterns) -> Iterator[str]:
    if not patterns.filters:
        return
    if patterns.images.shape[-1] in COLOURS:
        yield _picture(functools.partial(draw_filter_grid, patterns))
    yield _table(pattern_table(patterns))


@_parts.register
def _(evidence: Evidence) -> Iterator[str]:
    yield _table(evidence_table(evidence))


@_parts.register
def _(found: Attributions) -> Iterator[str]:
    title = f"What speaks for class {found.target}"
    if found.image.shape[-1] in COLOURS:
        yield _picture(lambda path: draw_attributions(found.image, found.maps, path, title))


@_parts.register
def _(matching: Matching) -> Iterator[str]:
    yield _picture(functools.partial(draw_matching, matching))


@_parts.register
def _(row: LayerComparison) -> Iterator[str]:
    yield from _parts(Comparison([row]))


@_parts.register
def _(comparison: Comparison) -> Iterator[str]:
    if comparison:
        yield _table(comparison_table(comparison))
        yield _picture(lambda path: draw_comparison(comparison, {}, path))


@_parts.register
def _(sweep: Sweep) -> Iterator[str]:
    yield _table(sweep_table(sweep.runs, sweep.choices))


@_parts.register
def _(objective: Objective) -> Iterator[str]:
    terms = terms_in_words(objective.terms, objective.directions)
    rows = tuple((f"{weight:g}", what or "1") for weight, what in terms)
    yield _table(Table(("weight", "of"), rows))


@_parts.register
def _(run: Run) -> Iterator[str]:
    """The choices and the curves, as far as the folder has them, or what is wrong with them."""
    try:
        if run.files.metrics.is_file():
            yield from _parts(run.history())
        yield _boxed(markup.pairs(run.config, markup.escaped(run.files.config.name)))
    except InputError as error:
        yield f"<p>{markup.escaped(str(error))}</p>"


def _table(content: Table) -> str:
    if len(content.rows) <= _LONG:
        return markup.table(content, "")
    return _boxed(markup.table(content, f"{len(content.rows)} rows, to scroll in"))


def _boxed(html: str) -> str:
    """A long table in a box of the height of a picture, to scroll in."""
    return f'<div style="max-height: 24em; overflow: auto">\n{html}\n</div>'


def _picture(draw: Callable[[pathlib.Path], Any]) -> str:
    """What ``draw`` writes to the path that it is given, inline."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "picture.png")
        draw(path)
        seen, content = read_description(path), path.read_bytes()
    with Image.open(io.BytesIO(content)) as picture:
        width = round(picture.width * _PIXELS_PER_INCH / DOTS_PER_INCH)
    data = base64.b64encode(content).decode("ascii")
    source = f"data:image/png;base64,{data}"
    style = f"width: {width}px; max-width: 100%"
    return f'<img alt="{markup.escaped(seen)}" style="{style}" src="{source}">'

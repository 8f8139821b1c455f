"""Two trainings beside each other: tables of figures, and curves of correlations."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfcnn.arguments import checked
from tfcnn.errors import check_choice, wrong
from tfcnn.inspection.comparison import LayerComparison
from tfcnn.inspection.matching import Matching
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import rounded
from tfcnn.report.tables import Table
from tfcnn.typing import Float64, PathLike

LEVELS = (0.9, 0.8, 0.7)
_HEADER = ("mean correlation", *(f"above {level}" for level in LEVELS), "same number", "CKA")


@checked
def comparison_table(rows: Sequence[LayerComparison]) -> Table:
    """A row a pair of networks and layer: correlations of matched filters, shares, CKA.

    A dash stands for a mean over no filters: a layer that died in one of the two has no pairs.
    """
    forms = (".3f", *(".0%",) * len(LEVELS), ".3f", ".3f")
    body = []
    for row in rows:
        cells = map(_cell, forms, _figures(row))
        body.append((row.pair, row.matching.layer, str(len(row.matching.partners)), *cells))
    return Table(("pair", "layer", "filters", *_HEADER), tuple(body))


def comparison_rows(rows: Sequence[LayerComparison]) -> list[dict[str, Any]]:
    """The same as numbers; NaN for a mean over no filters."""
    return [
        {"pair": row.pair, "layer": row.matching.layer, "filters": len(row.matching.partners)}
        | dict(zip(_HEADER, _figures(row), strict=True))
        for row in rows
    ]


@checked
def spread_table(kinds: Mapping[str, Sequence[LayerComparison]]) -> Table:
    """A row a kind of pairs and layer: each figure's mean over the pairs, its sample deviation.

    A dash stands where a pair does not have the figure.

    Args:
      kinds: What the pairs are to rows of ``tfcnn.inspection.compare``, of two pairs or more.

    Raises:
      InputError: A layer has one pair only.
    """
    forms = (".3f", *(".1%",) * len(LEVELS), ".3f", ".3f")
    body = []
    for kind, rows in kinds.items():
        for layer, of_layer in _by_layer(rows).items():
            if len(of_layer) < 2:
                raise wrong(f"kinds: {kind}: {layer}", "two pairs or more", len(of_layer))
            figures = np.array([_figures(row) for row in of_layer])
            cells = map(_cell, forms, figures.mean(axis=0), figures.std(axis=0, ddof=1))
            body.append((kind, layer, str(len(of_layer)), *cells))
    return Table(("pairs of", "layer", "pairs", *_HEADER), tuple(body))


def _figures(row: LayerComparison) -> tuple[float, ...]:
    """The figures under ``_HEADER``; NaN for a mean over no filters."""
    return (
        _mean(row.matching.matched),
        *(row.matching.share_above(level) for level in LEVELS),
        _mean(row.matching.in_the_same_place),
        row.cka,
    )


def _mean(values: Float64) -> float:
    return float(values.mean()) if len(values) else np.nan


def _cell(form: str, *numbers: float) -> str:
    return "-" if np.isnan(numbers[0]) else " +- ".join(rounded(n, form) for n in numbers)


def _by_layer(rows: Sequence[LayerComparison]) -> dict[str, list[LayerComparison]]:
    layers = dict.fromkeys(row.matching.layer for row in rows)
    return {layer: [row for row in rows if row.matching.layer == layer] for layer in layers}


@checked
def draw_comparison(
    rows: Sequence[LayerComparison],
    baselines: Mapping[str, Sequence[LayerComparison]],
    path: PathLike,
) -> None:
    """Draws the matched filters' correlations, sorted, a panel a layer and a line a pair.

    Args:
      rows: From ``tfcnn.inspection.compare``, of one or more pairs.
      baselines: From ``tfcnn.inspection.baselines``, of the same layers; may be empty.
      path: The PNG file to write.

    Raises:
      InputError: There are no rows, or there are baselines, but not two kinds of the same layers.
    """
    trained = _by_layer(rows)
    if not trained:
        raise wrong("rows", "at least one", "none")
    if len(baselines) not in (0, 2):
        raise wrong("baselines", "two kinds, or none", len(baselines))
    known = {kind: _by_layer(of_kind) for kind, of_kind in baselines.items()}
    for layer in trained:
        for of_kind in known.values():
            check_choice("baselines", layer, of_kind)
    # The legend below is about 7 inches wide, however few panels there are.
    figure = Figure(figsize=(max(3.2 * len(trained), 7.5), 4.0), layout="constrained")
    panels = figure.subplots(1, len(trained), sharey=True, squeeze=False)[0]
    for axes, (layer, of_layer) in zip(panels, trained.items(), strict=True):
        for row in of_layer:
            _draw_sorted(axes, row.matching.in_the_same_place, ":", "the same number", "tab:red")
            _draw_sorted(axes, row.matching.matched, "-", "two trainings", "tab:blue")
        for (kind, by_layer), color in zip(known.items(), ("tab:green", "black"), strict=False):
            for row in by_layer[layer]:
                _draw_sorted(axes, row.matching.matched, "--", kind, color)
        ckas = {"two trainings": of_layer} | {kind: of[layer] for kind, of in known.items()}
        means = [f"{kind} {np.mean([row.cka for row in of]):.2f}" for kind, of in ckas.items()]
        axes.set_title(f"{layer}\nCKA: " + "\n".join(means), fontsize="small")
        axes.set_xlabel("share of the filters")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("correlation with the partner")
    handles = dict(zip(*reversed(panels[0].get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    description = "How well the filters of trainings pair up, beside what chance would give."
    save_png(figure, path, description)


def draw_matching(matching: Matching, path: PathLike) -> None:
    """Draws the correlations of a layer's pairs, sorted, beside those of equal numbers.

    Args:
      matching: From ``tfcnn.inspection.match_filters``.
      path: The PNG file to write.
    """
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    _draw_sorted(axes, matching.in_the_same_place, ":", "the same number", "tab:red")
    _draw_sorted(axes, matching.matched, "-", "the partner", "tab:blue")
    axes.set(title=matching.layer, xlabel="share of the filters", ylabel="correlation")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save_png(figure, path, f"How well the filters of {matching.layer} of two networks pair up.")


def _draw_sorted(axes: Axes, values: Float64, style: str, label: str, color: str) -> None:
    shares = (np.arange(len(values)) + 0.5) / len(values)
    axes.plot(shares, np.sort(values)[::-1], style, label=label, color=color, linewidth=1.1)

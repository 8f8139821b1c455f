"""How long gradients and weights are, epoch by epoch and tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from tfcnn.arguments import checked, conform
from tfcnn.errors import wrong
from tfcnn.report.checks import check_epochs
from tfcnn.report.drawing.png import save_png
from tfcnn.report.learning_curves import mark_epochs
from tfcnn.typing import PathLike

_STYLES = {"kernel": "-", "bias": ":"}


@checked
def draw_norms(rows: Sequence[Mapping[str, Any]], path: PathLike) -> None:
    """Draws the norms of gradients and weights over the epochs to a PNG file.

    A layer has one colour, its kernel a solid line, its bias a dotted one. The axes are
    logarithmic; a norm of 0 has no place on them.

    Args:
      rows: A mapping an epoch, as ``norms.jsonl`` has them.
      path: The file to write.

    Raises:
      InputError: There is no epoch, or the rows hold something else.
    """
    check_epochs("norms", rows)
    for row in rows:
        for kind in ("gradients", "weights"):
            of_kind = conform(f"norms: {kind}", row.get(kind), Mapping[str, float])
            if of_kind.keys() != rows[0][kind].keys():
                raise wrong(f"norms: {kind}", "the same tensors in each row", "others")
    layers = list(dict.fromkeys(name.partition("/")[0] for name in rows[0]["weights"]))
    if not {name.partition("/")[0] for name in rows[0]["gradients"]} <= set(layers):
        raise wrong("norms: gradients", "layers that have weights", "others")
    figure = Figure(figsize=(12, 5), layout="constrained")
    panels = figure.subplots(1, 2)
    colors = matplotlib.color_sequences["tab20"]
    for axes, kind in zip(panels, ("gradients", "weights"), strict=True):
        for tensor in rows[0][kind]:
            layer, _, part = tensor.partition("/")
            axes.plot(
                [row["epoch"] for row in rows],
                [row[kind][tensor] or None for row in rows],
                color=colors[layers.index(layer) % len(colors)],
                linestyle=_STYLES.get(part, "--"),
                marker="o" if len(rows) == 1 else None,
                label=tensor,
            )
        axes.set_yscale("log")
        axes.set_title(f"norms of {kind}")
        mark_epochs(axes)
    figure.legend(handles=panels[1].lines, loc="outside right upper", fontsize="small")
    figure.suptitle("Gradients: means over the epoch's steps, before clipping; weights: after it")
    save_png(figure, path, "The norms of gradients and weights over the epochs.")

"""How a training went, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from tfcnn.arguments import checked, conform
from tfcnn.report.checks import check_epochs
from tfcnn.report.drawing.png import save_png
from tfcnn.typing import PathLike

# One colour a set of images, in every panel.
_COLORS = {"train": "tab:blue", "validation": "tab:green", "test": "tab:orange"}
_MOST_MARKERS = 40


@checked
def draw_learning_curves(metrics: Sequence[Mapping[str, Any]], path: PathLike) -> None:
    """Draws loss, accuracy and learning rate over the epochs to a PNG file.

    Args:
      metrics: A mapping an epoch, with the keys of ``metrics.jsonl``.
      path: The file to write.

    Raises:
      InputError: There is no epoch, or what is drawn is no number.
    """
    check_epochs("metrics", metrics)
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    loss, accuracy, rate = figure.subplots(1, 3)
    for images in _COLORS:
        _draw_line(loss, metrics, f"{images}_loss", images, "{:.4f}")
        _draw_line(accuracy, metrics, f"{images}_accuracy", images, "{:.2%}")
    _draw_line(rate, metrics, "learning_rate", "", "{:.3g}")
    loss.set_ylabel("mean cross-entropy (nats)")
    accuracy.set_ylabel("accuracy")
    accuracy.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    rate.set_ylabel("learning rate (last step)")
    first, last = metrics[0]["epoch"], metrics[-1]["epoch"]
    for axes in (loss, accuracy, rate):
        mark_epochs(axes)
        axes.set_xlim(first - 0.5, last + 0.5)
        axes.legend(title="last value", fontsize="small", title_fontsize="small")
    figure.suptitle("Train figures are means over the epoch, as each batch came; others after it")
    save_png(figure, path, "Loss, accuracy and learning rate over the epochs.")


def mark_epochs(axes: Axes) -> None:
    """Makes the horizontal axis one of epochs, marked at whole numbers."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)


def _draw_line(
    axes: Axes, metrics: Sequence[Mapping[str, Any]], key: str, label: str, number: str
) -> None:
    """Draws the values of ``key``, if there are any, with the last one in the legend."""
    points = [
        (row["epoch"], conform(f"metrics: {key}", row[key], float))
        for row in metrics
        if row.get(key) is not None
    ]
    if not points:
        return
    axes.plot(
        *zip(*points, strict=True),
        marker="o" if len(points) <= _MOST_MARKERS else None,
        color=_COLORS.get(label, "tab:gray"),
        label=f"{label} {number.format(points[-1][1])}".strip(),
    )

"""What each filter's silence costs, as a table and a heat map."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tfcnn.arguments import checked
from tfcnn.inspection.ablation import Ablation
from tfcnn.report.checks import check_names
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.words import mark_empty_rows, name_ticks, rounded, rounded_or_dash
from tfcnn.report.tables import Table
from tfcnn.typing import PathLike

# In inches.
_WIDTH_A_FILTER, _WIDEST = 0.16, 60.0


@checked
def ablation_table(ablation: Ablation, class_names: Sequence[str]) -> Table:
    """A row a filter, those that cost most first; losses in percentage points.

    Raises:
      InputError: There is not one name a class.
    """
    check_names(class_names, len(ablation.images_of_class))
    lost, by_class = 100 * ablation.lost, 100 * ablation.lost_by_class
    rows = []
    for number in ablation.ranking:
        of_classes = (rounded_or_dash(points, ".1f") for points in by_class[number])
        mean, share = rounded(ablation.means[number], ".3f"), ablation.firing_shares[number]
        total = rounded(lost[number], ".2f")
        rows.append((str(number), total, *of_classes, mean, f"{share:.0%}"))
    header = ("filter", "lost (points)", *class_names, "mean activation", "fires in")
    return Table(header, tuple(rows))


@checked
def draw_ablation(ablation: Ablation, class_names: Sequence[str], path: PathLike) -> None:
    """Draws the losses per class as a heat map, with the total above, filters by their rank.

    Args:
      ablation: From ``tfcnn.inspection.ablate``.
      class_names: One a class.
      path: The PNG file to write.

    Raises:
      InputError: There is not one name a class.
    """
    check_names(class_names, len(ablation.images_of_class))
    order = ablation.ranking
    by_class = 100 * ablation.lost_by_class[order].T
    width = min(max(4 + _WIDTH_A_FILTER * len(order), 7), _WIDEST)
    height = max(5.2, 2.6 + 0.17 * len(class_names))
    figure = Figure(figsize=(width, height), layout="constrained")
    total, heat = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    places = np.arange(len(order))
    total.bar(places, 100 * ablation.lost[order], color="tab:blue")
    total.set_ylabel("accuracy lost\n(percentage points)")
    total.axhline(0, color="black", linewidth=0.6)
    total.grid(axis="y", alpha=0.3)
    limit = max(float(np.nanmax(np.abs(by_class))), 1e-9)
    image = heat.imshow(
        by_class, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
    )
    mark_empty_rows(image)
    figure.colorbar(image, ax=heat, label="points lost in the class", fraction=0.05, pad=0.01)
    name_ticks(heat, rows=class_names)
    named = places[:: int(np.ceil(_WIDTH_A_FILTER * len(order) / _WIDEST))]
    heat.set_xticks(named, map(str, order[named]), rotation=90, fontsize="xx-small")
    heat.set_xlabel("filter that is silent, those that cost most first")
    before = ablation.right_before.sum() / ablation.images_of_class.sum()
    figure.suptitle(f"{ablation.layer}: test accuracy {before:.2%} with all filters")
    description = f"Test accuracy lost when one filter of {ablation.layer} at a time is silent."
    save_png(figure, path, description)

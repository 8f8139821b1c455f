"""What a network gives the classes of one image, as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

MOST_BARS = 10


def draw_probabilities(
    axes: Axes, probabilities: npt.NDArray[np.floating], class_names: Sequence[str]
) -> None:
    """Draws a bar for each class, or for the ``MOST_BARS`` most probable ones of more.

    Args:
      axes: Where to.
      probabilities: [classes].
      class_names: One a class.
    """
    most = np.argsort(-probabilities, kind="stable")[:MOST_BARS]
    order = np.sort(most) if len(probabilities) <= MOST_BARS else most
    shown = probabilities[order]
    drawn = axes.barh(range(len(order)), shown, color="tab:blue")
    axes.bar_label(drawn, [f"{value:.1%}" for value in shown], padding=2, fontsize=6)
    axes.set_yticks(range(len(order)), [class_names[n] for n in order], fontsize="x-small")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25)
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)

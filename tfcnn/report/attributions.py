"""Which pixels speak for a class, by several methods side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from tfcnn.report.drawing.png import save_png


def draw_attributions(
    image: npt.NDArray[np.float32],
    maps: Mapping[str, npt.NDArray[np.float32]],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws the image and each map beside it: red speaks for the class, blue against it.

    Args:
      image: float32 [height, width, 1 or 3] in [0, 1].
      maps: Name of the method -> float32 [height, width]; each has a scale of its own.
      path: The PNG file to write.
      title: What the picture is titled.
    """
    figure = Figure(figsize=(2.1 * (len(maps) + 1), 2.9), layout="constrained")
    first, *others = figure.subplots(1, len(maps) + 1)
    grey = image[..., 0] if image.shape[-1] == 1 else image
    shown = first.imshow(grey, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    bar = figure.colorbar(shown, ax=first, orientation="horizontal", fraction=0.06, pad=0.02)
    bar.ax.set_visible(image.shape[-1] == 1)  # Colours are on no scale; the room stays.
    first.set_title("the image", fontsize="small")
    first.set_axis_off()
    for axes, (name, heat) in zip(others, maps.items(), strict=True):
        limit = max(float(np.abs(heat).max()), 1e-12)
        drawn = axes.imshow(heat, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        figure.colorbar(drawn, ax=axes, orientation="horizontal", fraction=0.06, pad=0.02)
        axes.set_title(name, fontsize="small")
        axes.set_axis_off()
    figure.suptitle(title, fontsize="medium")
    save_png(figure, path)

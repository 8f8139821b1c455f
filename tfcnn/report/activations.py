"""What every layer makes of one image."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.probabilities import draw_probabilities
from tfcnn.report.drawing.sheet import Sheet

_Array = npt.NDArray[np.float32]
_TILE = 0.62  # Inches.
_GAP = 0.08
_COLUMNS = 16
_TOP = 0.5


def draw_activations(
    values: Mapping[str, _Array], folder: pathlib.Path, stem: str, class_names: Sequence[str]
) -> list[pathlib.Path]:
    """Draws every layer to a PNG file of its own, linear values above activated ones.

    Where the two are the same they are drawn once. Maps are grey, on one scale a layer, with 0 in
    its middle where a value is negative; dense layers are bars.

    Args:
      values: ``Network.activations`` of one image: path -> float32 [height, width, channels] or
        [units]. ``flatten`` shows nothing new and is left out.
      folder: Where to write.
      stem: How the files' names begin.
      class_names: One a unit of the last layer.

    Returns:
      The files' paths, one a layer.
    """
    paths = []
    last = list(values)[-1].partition("/")[0]
    for layer in dict.fromkeys(path.partition("/")[0] for path in values):
        if layer == "flatten":
            continue
        blocks = {layer: values[layer]}
        linear = values.get(f"{layer}/linear")
        if linear is not None and not np.array_equal(linear, values[layer]):
            blocks = {f"{layer}/linear": linear, **blocks}
        target = folder / f"{stem}_{layer}.png"
        if values[layer].ndim == 3:
            _draw_maps(blocks, target)
        else:
            _draw_units(blocks, target, class_names if layer == last else None)
        paths.append(target)
    return paths


def _draw_maps(blocks: Mapping[str, _Array], path: pathlib.Path) -> None:
    high = max(float(np.abs(block).max()) for block in blocks.values()) or 1.0
    low = -high if min(float(block.min()) for block in blocks.values()) < 0 else 0.0
    count = next(iter(blocks.values())).shape[-1]
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    pitch = _TILE + _GAP + 0.13
    block_height = rows * pitch + 0.35
    width = max(columns * (_TILE + _GAP) + 0.4, 5.0)
    sheet = Sheet(width, _TOP + len(blocks) * block_height)
    middle = ", grey 0" if low else ""
    sheet.text(f"black {low:.3g}{middle}, white {high:.3g}", width / 2, 0.12, 8)
    for number, (name, maps) in enumerate(blocks.items()):
        top = _TOP + number * block_height
        sheet.text(name, 0.2, top - 0.05, 9, ha="left")
        scaled = (maps - low) / (high - low)
        for index in range(count):
            row, column = divmod(index, columns)
            left, upper = 0.2 + column * (_TILE + _GAP), top + 0.2 + row * pitch
            sheet.image(scaled[..., index : index + 1], left, upper, _TILE)
            sheet.text(str(index), left + _TILE / 2, upper + _TILE + 0.01, 5.5)
    sheet.save(path)


def _draw_units(
    blocks: Mapping[str, _Array], path: pathlib.Path, names: Sequence[str] | None
) -> None:
    count = len(next(iter(blocks.values())))
    size = (min(max(0.12 * count, 5.0), 14.0), 2.2 * len(blocks))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(blocks), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, units) in zip(panels, blocks.items(), strict=True):
        axes.bar(range(count), units, color="tab:blue")
        axes.axhline(0, color="black", linewidth=0.6)
        axes.set_title(name, fontsize="medium", loc="left")
        axes.grid(axis="y", alpha=0.3)
    if names is None:
        panels[-1].set_xlabel("unit")
    else:
        upright = max(map(len, names)) <= 2
        panels[-1].set_xticks(range(count), names, rotation=0 if upright else 90)
    save_png(figure, path)


def draw_decision(
    image: _Array,
    probabilities: npt.ArrayLike,
    class_names: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws an image beside the probabilities of all classes, or of the ten most probable ones.

    Args:
      image: float32 [height, width, 1 or 3] in [0, 1].
      probabilities: [classes].
      class_names: One a class.
      path: The PNG file to write.
      title: What the picture is titled.
    """
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    picture, bars = figure.subplots(1, 2, width_ratios=(1, 2))
    picture.imshow(
        image[..., 0] if image.shape[-1] == 1 else image,
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="nearest",
    )
    picture.set_axis_off()
    draw_probabilities(bars, np.asarray(probabilities), class_names)
    figure.suptitle(title)
    save_png(figure, path)

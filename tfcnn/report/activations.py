"""What every layer makes of one image."""

import math
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from tfcnn.arguments import checked, conform
from tfcnn.errors import wrong
from tfcnn.report.checks import check_names
from tfcnn.report.drawing.cells import Bars, Key, Tile
from tfcnn.report.drawing.tiles import draw_tiles, in_rows
from tfcnn.report.drawing.words import shortened
from tfcnn.typing import Float32, PathLike

_LEAST_COLUMNS = 16


@checked
def draw_activations(
    values: Mapping[str, Float32], folder: pathlib.Path, stem: str, class_names: Sequence[str]
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

    Raises:
      InputError: There is no value, one is neither maps nor units, or there is not one name a unit.
    """
    if not values:
        raise wrong("values", "at least one layer", "none")
    for path, value in values.items():
        if value.ndim not in (1, 3) or not value.size or path.partition("/")[0] not in values:
            expected = f"{path}: [height, width, channels] or [units], linear and activated"
            raise wrong("values", expected, list(value.shape))
    conform("stem", f"{folder}/{stem}", PathLike)
    paths = []
    last = list(values)[-1].partition("/")[0]
    if values[last].ndim == 1:
        check_names(class_names, len(values[last]))
    for layer in dict.fromkeys(path.partition("/")[0] for path in values):
        if layer == "flatten":
            continue
        blocks = {layer: values[layer]}
        linear = values.get(f"{layer}/linear")
        if linear is not None and not np.array_equal(linear, values[layer]):
            blocks = {f"{layer}/linear": linear, **blocks}
        paths.append(folder / f"{stem}_{layer}.png")
        draw = _draw_maps if values[layer].ndim == 3 else _draw_units
        draw(blocks, paths[-1], layer, class_names if layer == last else ())
    return paths


def _draw_maps(
    blocks: Mapping[str, Float32], path: pathlib.Path, layer: str, names: Sequence[str]
) -> None:
    high = max(float(np.abs(block).max()) for block in blocks.values()) or 1.0
    low = -high if min(float(block.min()) for block in blocks.values()) < 0 else 0.0
    rows, heads = [], []
    for name, maps in blocks.items():
        shown = np.moveaxis((maps - low) / (high - low), -1, 0)[..., np.newaxis]
        tiles = [Tile([image], str(number)) for number, image in enumerate(shown)]
        of_block = in_rows(tiles, max(_LEAST_COLUMNS, math.ceil(math.sqrt(len(tiles)))))
        rows += of_block
        heads += [name] + [""] * (len(of_block) - 1)
    key = Key(f"{low:.3g}", np.linspace(0, 1, 65)[:, np.newaxis], f"{high:.3g}")
    draw_tiles(rows, path, *_words(layer, "maps"), key=key, row_heads=heads, side=0.62)


def _draw_units(
    blocks: Mapping[str, Float32], path: pathlib.Path, layer: str, names: Sequence[str]
) -> None:
    names = [shortened(name) for name in names]
    rows = [[Bars(units, names)] for units in blocks.values()]
    draw_tiles(rows, path, *_words(layer, "units"), row_heads=list(blocks), side=1.8)


def _words(layer: str, parts: str) -> tuple[str, str]:
    """The title and the description of a picture."""
    return f"{layer}: its {parts}, of one image", f"What the {parts} of {layer} make of one image."

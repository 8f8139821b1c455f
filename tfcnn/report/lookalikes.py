"""Two images of different classes side by side, as they go through the layers."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from tfcnn.data.dataset import Dataset
from tfcnn.inspection.lookalikes import cosines_with
from tfcnn.model.network import Network
from tfcnn.pixels import as_floats
from tfcnn.report.drawing.sheet import Sheet, shortened

_TILE, _GAP, _MARGIN, _NAMES = 1.4, 0.1, 0.2, 0.6
_COLUMN = 2 * _TILE + _GAP + 0.35
_HEAD = 1.15
_LONGEST_NAME = 12
_ROW = _TILE + 0.3


def draw_lookalikes(
    network: Network,
    data: Dataset,
    pairs: npt.ArrayLike,
    path: str | os.PathLike[str],
) -> None:
    """Draws pairs of test images, and below them what the layers with weights make of them.

    Maps lie in a square, on one grey scale a pair and layer; units are a square of grey tiles.
    Below the two stands the cosine of their values at the layer.

    Args:
      network: The network.
      data: Whose test images the pairs are.
      pairs: Int [pairs, 2]: numbers of test images.
      path: The PNG file to write.
    """
    numbers = np.asarray(pairs)
    pixels = as_floats(data.test.images[numbers.reshape(-1)])
    values = {name: value.numpy() for name, value in network.activations(pixels).items()}
    logits = values[network.layers[-1].name]
    said = logits.argmax(axis=1)
    layers = network.hidden_layers
    rows = ["pixels", *layers]
    width = max(_MARGIN + _NAMES + len(numbers) * _COLUMN, 6.5)
    sheet = Sheet(width, _HEAD + len(rows) * _ROW + _MARGIN)
    names = [shortened(name, _LONGEST_NAME) for name in data.class_names]
    words = "cosine: of the two images' values; white: the larger one's largest value"
    sheet.text(
        f"Images of two classes that look alike, layer by layer;\n{words}",
        _MARGIN,
        0.15,
        9,
        ha="left",
    )
    for row, layer in enumerate(rows):
        top = _HEAD + row * _ROW
        of_layer = pixels if layer == "pixels" else values[layer]
        tiles = of_layer if layer == "pixels" else _squares(of_layer)[..., np.newaxis]
        sheet.text(layer, _MARGIN, top + _TILE / 2, 9, ha="left", va="center")
        for column in range(len(numbers)):
            left = _MARGIN + _NAMES + column * _COLUMN
            first, second = 2 * column, 2 * column + 1
            largest = max(float(of_layer[first : second + 1].max()), 1e-12)
            for index, x in ((first, left), (second, left + _TILE + _GAP)):
                sheet.image(tiles[index] / largest, x, top, _TILE)
                if row == 0:
                    number = numbers.reshape(-1)[index]
                    name = names[data.test.labels[number]]
                    caption = f"test image {number}\n{name},\ncalled {names[said[index]]}"
                    sheet.text(caption, x + _TILE / 2, top - 0.05, 8, va="bottom")
            flat = of_layer.reshape(len(of_layer), -1)
            cosine = cosines_with(flat[first], flat[second : second + 1])[0]
            sheet.text(f"cosine {cosine:.2f}", left + _TILE + _GAP / 2, top + _TILE + 0.03, 8)
    sheet.save(path)


def _squares(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """[images, (height, width,) maps] -> [images, ...]: the maps in a square with lines between."""
    if values.ndim == 2:
        values = values[:, np.newaxis, np.newaxis]
    images, height, width, count = values.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    padded = np.zeros((images, height + 1, width + 1, rows * columns), np.float32)
    padded[:, :height, :width, :count] = np.maximum(values, 0)
    tiles = padded.reshape(images, height + 1, width + 1, rows, columns)
    return tiles.transpose(0, 3, 1, 4, 2).reshape(images, rows * (height + 1), -1)

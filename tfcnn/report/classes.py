"""How layers answer to the classes: means, lookalikes, and what simple readers make of them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tfcnn.arguments import checked
from tfcnn.data.dataset import Dataset
from tfcnn.errors import wrong
from tfcnn.inspection import ClassPatterns, Probe
from tfcnn.model.network import Network
from tfcnn.pixels import as_floats
from tfcnn.report.checks import check_fits, check_names
from tfcnn.report.drawing.cells import Tile
from tfcnn.report.drawing.mosaic import mosaic
from tfcnn.report.drawing.png import save_png
from tfcnn.report.drawing.tiles import draw_tiles
from tfcnn.report.drawing.words import mark_empty_rows, name_ticks, rounded, shortened
from tfcnn.report.tables import Table
from tfcnn.typing import Float32, Floats, PathLike, Places


@checked
def probe_table(probes: Sequence[Probe]) -> Table:
    """A row a layer: how many values it has, and what simple readers make of them."""
    header = ("layer", "values", "linear probe", "nearest neighbours")
    rows = (
        (of.layer, f"{of.values:,}", f"{of.linear_accuracy:.2%}", f"{of.neighbour_accuracy:.2%}")
        for of in probes
    )
    return Table(header, tuple(rows))


@checked
def draw_class_patterns(found: ClassPatterns, class_names: Sequence[str], path: PathLike) -> None:
    """Draws each class's mean pattern as a row of its maps, and the similarity of the classes.

    Args:
      found: From ``tfcnn.inspection.class_patterns``, of a layer with maps or units.
      class_names: One a class.
      path: The PNG file to write.

    Raises:
      InputError: There is not one name a class.
    """
    check_names(class_names, len(found.means))
    classes = len(class_names)
    # All positions of a map, then the next map: a column of pixels a map and position.
    rows = np.moveaxis(found.means, -1, 1).reshape(classes, -1)
    positions = rows.shape[1] // found.means.shape[-1]
    figure = Figure(figsize=(13, 0.32 * classes + 1.2), layout="constrained")
    patterns, matrix = figure.subplots(1, 2, width_ratios=(3, 1))
    drawn = patterns.imshow(rows, cmap="magma", aspect="auto", interpolation="nearest")
    drawn.set_clim(vmin=min(float(np.nanmin(rows)), 0.0))
    mark_empty_rows(drawn)
    figure.colorbar(drawn, ax=patterns, label="mean value", fraction=0.03, pad=0.01)
    numbers = np.arange(0, found.means.shape[-1], max(found.means.shape[-1] // 16, 1))
    patterns.set_xticks(numbers * positions, list(map(str, numbers)), fontsize="x-small")
    name_ticks(patterns, rows=class_names)
    side_by_side = f"map of {found.layer}, its {positions} positions side by side"
    patterns.set_xlabel(side_by_side if positions > 1 else f"unit of {found.layer}")
    cosines = matrix.imshow(found.similarities, cmap="RdBu_r", vmin=-1, vmax=1)
    mark_empty_rows(cosines)
    figure.colorbar(cosines, ax=matrix, label="cosine", fraction=0.046, pad=0.02)
    name_ticks(matrix, class_names, class_names, "x-small")
    matrix.set_title("similarity, each less the mean of all", fontsize="small")
    description = f"The mean answer of {found.layer} to each class, and how alike the answers are."
    save_png(figure, path, description)


@checked
def draw_lookalikes(network: Network, data: Dataset, pairs: Places, path: PathLike) -> None:
    """Draws pairs of test images, and below them what the layers with weights make of them.

    Maps lie in a square, on one grey scale a pair and layer; units are a square of grey tiles.
    Below the two stands the cosine of their values at the layer.

    Args:
      network: The network.
      data: Whose test images the pairs are.
      pairs: Int [pairs, 2]: numbers of test images.
      path: The PNG file to write.

    Raises:
      InputError: The pairs are none of test images, or the network does not read the data.
    """
    check_fits(network, data)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not len(pairs):
        raise wrong("pairs", "shape [pairs > 0, 2]", list(pairs.shape))
    if pairs.min() < 0 or pairs.max() >= len(data.test):
        found = f"{pairs.min()} to {pairs.max()}"
        raise wrong("pairs", f"numbers from 0 to {len(data.test) - 1}", found)
    pixels = as_floats(data.test.images[pairs.reshape(-1)])
    values = {name: value.numpy() for name, value in network.activations(pixels).items()}
    said = values[network.layers[-1].name].argmax(axis=1).reshape(pairs.shape)
    layers = {"pixels": pixels, **{layer: values[layer] for layer in network.hidden_layers}}
    names = [shortened(name) for name in data.class_names]
    heads = [
        "\n".join(
            f"{side}: test image {number}\n{names[data.test.labels[number]]}, called {names[word]}"
            for side, number, word in zip(("left", "right"), *of_pair, strict=True)
        )
        for of_pair in zip(pairs, said, strict=True)
    ]
    rows = [
        [_tile(*pair, is_image=layer == "pixels") for pair in zip(of[::2], of[1::2], strict=True)]
        for layer, of in layers.items()
    ]
    title = "Images of two classes that look alike, layer by layer"
    description = "Images of two classes that look alike to the network, from the pixels up."
    legend = "cosine: of the two images' values; white: the larger one's largest value"
    draw_tiles(rows, path, title, description, legend, None, list(layers), heads, side=1.4)


def _tile(first: Float32, second: Float32, is_image: bool) -> Tile:
    """Two images' values at a layer, [height, width, channels] or [units], and their cosine."""
    from sklearn.metrics.pairwise import cosine_similarity

    largest = max(float(first.max()), float(second.max()), 1e-12)
    shown: list[Floats]
    shown = [np.maximum(values, 0) / largest for values in (first, second)]
    if not is_image:
        # [height, width, maps] or [units], each a tile of one pixel.
        maps = (
            values.reshape((1, 1, -1) if values.ndim == 1 else values.shape) for values in shown
        )
        shown = [mosaic(np.moveaxis(of_image, -1, 0)[..., np.newaxis], 0.0) for of_image in maps]
    cosine = cosine_similarity(first.reshape(1, -1), second.reshape(1, -1))[0, 0]
    return Tile(shown, f"cosine {rounded(cosine, '.2f')}")

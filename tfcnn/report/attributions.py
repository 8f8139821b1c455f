"""Which pixels speak for a class, by several methods side by side."""

from collections.abc import Mapping

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import wrong
from tfcnn.report.checks import check_colours
from tfcnn.report.drawing.cells import Tile
from tfcnn.report.drawing.mosaic import in_red_and_blue
from tfcnn.report.drawing.tiles import draw_tiles
from tfcnn.report.drawing.words import scale_words
from tfcnn.typing import Float32, Image, PathLike


@checked
def draw_attributions(
    image: Image, maps: Mapping[str, Float32], path: PathLike, title: str
) -> None:
    """Draws the image and each map beside it: red speaks for the class, blue against it.

    Args:
      image: [height, width, 1 or 3], uint8 or floats in [0, 1].
      maps: Name of the method -> float32 [height, width]; each has a scale of its own.
      path: The PNG file to write.
      title: What the picture is titled.

    Raises:
      InputError: The image has other channels, or a map other axes.
    """
    check_colours("image", image.shape[-1])
    for name, heat in maps.items():
        if heat.ndim != 2 or not heat.size:
            raise wrong(f"maps: {name}", "shape [height, width]", list(heat.shape))
    tiles = [Tile([image], "the image")]
    for name, heat in maps.items():
        limit = float(np.abs(heat).max())
        colours = in_red_and_blue(heat, max(limit, 1e-12))
        tiles.append(Tile([colours], f"{name}\nup to {limit:.3g}"))
    legend = (
        f"the image: {scale_words(image.shape[-1])}; maps: red speaks for the class, blue against "
        "it, white is 0; each on its own scale, below it the largest value, either sign's"
    )
    description = f"Which pixels speak for a class, by {len(maps)} methods."
    draw_tiles([tiles], path, title, description, legend, side=1.9)

"""Patterns over the course of a training, as a strip and as a moving picture."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from tfcnn.arguments import checked
from tfcnn.ascent import Birth
from tfcnn.atomic_files import replacing
from tfcnn.errors import check_length
from tfcnn.report.checks import check_filter_names
from tfcnn.report.drawing.cells import Tile
from tfcnn.report.drawing.mosaic import mosaic
from tfcnn.report.drawing.tiles import draw_tiles
from tfcnn.report.drawing.words import evenly, rounded, scale_words, shortened
from tfcnn.typing import Float32, PathLike

MOST_TIMES = 100
_TILE_PIXELS, _LINE_PIXELS = 84, 22


@checked
def draw_birth(
    birth: Birth,
    times: Sequence[str],
    strip: PathLike,
    animation: PathLike,
    names: Sequence[str] | None = None,
) -> None:
    """Draws how the patterns of some filters came to be.

    Args:
      birth: From ``tfcnn.ascent.birth``.
      times: A heading for each time.
      strip: The PNG file to write: a line for each filter, a column for each time, or for 100 of
        more, evenly spaced.
      animation: The GIF file to write: all filters at once, a frame for each time.
      names: What to call each filter of the layer instead of its number, such as the classes.

    Raises:
      InputError: There is not one heading a time, or there are too few names.
    """
    check_length("times", times, len(birth.images), "headings, one a time")
    check_filter_names(names, birth.filters)
    places = evenly(len(times), MOST_TIMES)
    rows = []
    for row in range(len(birth.filters)):
        scored = ((birth.images[place, row], birth.scores[place, row]) for place in places)
        rows.append([Tile([image], rounded(score, ".2f")) for image, score in scored])
    title = f"{birth.layer}: the same climb from the same start during the training"
    if len(places) < len(times):
        title += f", {len(places)} of {len(times)} checkpoints"
    scale = scale_words(birth.images.shape[-1])
    legend = f"{scale}; below a pattern: its score on the network of then"
    description = f"Patterns of {birth.layer}: the same climb on the network of each checkpoint."
    called = [shortened(names[n]) if names else f"filter {n}" for n in birth.filters]
    shown = [times[place] for place in places]
    draw_tiles(rows, strip, title, description, legend, row_heads=called, column_heads=shown)
    _write_animation(birth.images, times, animation)


def _write_animation(images: Float32, times: Sequence[str], path: PathLike) -> None:
    """Writes images [times, filters, height, width, channels] as frames of a GIF."""
    frames = []
    for shot, time in zip(images, times, strict=True):
        picture = np.rint(255 * mosaic(shot, 1.0)).astype(np.uint8)
        frame = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
        scale = math.ceil(_TILE_PIXELS / max(shot.shape[1:3]))
        frame = ImageOps.scale(frame, scale, Image.Resampling.NEAREST)
        frame = ImageOps.expand(frame, (0, _LINE_PIXELS, 0, 0), "white")
        ImageDraw.Draw(frame).text((frame.width / 2, 3), time, "black", anchor="ma", font_size=14)
        frames.append(frame)
    with replacing(path) as partial:
        moving = {"save_all": True, "append_images": frames[1:], "duration": 330, "loop": 0}
        frames[0].save(partial, "GIF", **moving)

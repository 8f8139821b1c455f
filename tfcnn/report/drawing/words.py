"""Words and numbers as all pictures and tables write them."""

from __future__ import annotations

import itertools
import numbers
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tfcnn.arguments import checked
from tfcnn.errors import check_choice, told, wrong
from tfcnn.report.checks import check_names
from tfcnn.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

    from tfcnn.model.network import Network

LONGEST_NAME = 18


def scale_words(channels: int) -> str:
    """Says what an image's colours mean, with 1 channel (grey) or 3 (RGB)."""
    return (
        "grey from 0 (black) to 1 (white)" if channels == 1 else "red, green and blue from 0 to 1"
    )


@checked
def filter_words(network: Network, layer: str, number: int, class_names: Sequence[str]) -> str:
    """Says which filter or unit of a layer is meant: of the last layer's units, by its class.

    Raises:
      InputError: There is no such layer or filter, or there is not one name a class.
    """
    layers = {placed.name: placed.output_shape[-1] for placed in network.layers}
    check_choice("layer", layer, layers)
    if not 0 <= number < layers[layer]:
        raise wrong("number", f"0 to {layers[layer] - 1} for {layer}", number)
    last = network.layers[-1]
    is_class = layer == last.name and len(last.output_shape) == 1
    if is_class:
        check_names(class_names, layers[layer])
    return class_names[number] if is_class else f"filter {number}"


def rounded(value: float, form: str) -> str:
    """``format(value, form)``, but without a minus if it rounds to zero.

    Raises:
      InputError: It is no number, or there is no such form.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise wrong("value", "a number", told(value))
    try:
        text, zero = format(value, form), format(0.0, form)
    except (TypeError, ValueError):
        raise wrong("form", "that of a number, such as '.2f'", told(form)) from None
    return zero if text.lstrip("+-") == zero.lstrip("+-") else text


def rounded_or_dash(value: float, form: str) -> str:
    """``rounded(value, form)``, or a dash for NaN: there was nothing to measure.

    Raises:
      InputError: As from ``rounded``.
    """
    text = rounded(value, form)
    return "-" if value != value else text


def width(text: str) -> int:
    """How many columns of a terminal a text takes: two a letter of the wide kind, 0 an accent."""
    shown = [letter for letter in text if not unicodedata.combining(letter)]
    return len(shown) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in shown)


def shortened(words: str, most: int = LONGEST_NAME) -> str:
    """Returns ``words``, or what fits of them into ``most`` columns with an ellipsis."""
    if width(words) <= most:
        return words
    places = itertools.accumulate(map(width, words))
    return f"{words[: sum(place < most for place in places)]}…"


def end_of(path: str, most: int) -> str:
    """A path, or what fits of its end into ``most`` characters behind an ellipsis."""
    return path if len(path) <= most else f"…{path[1 - most :]}"


def evenly(count: int, most: int) -> list[int]:
    """Up to ``most`` of the numbers from 0 to ``count - 1``, evenly spaced, first and last too."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def mark_empty_rows(drawn: AxesImage) -> None:
    """Turns what is NaN in a heat map grey, with a dash in each row that is NaN all through."""
    values: Floats = np.ma.filled(np.ma.asarray(drawn.get_array()), np.nan)
    drawn.set_cmap(drawn.get_cmap().with_extremes(bad="0.85"))
    for row in np.flatnonzero(np.isnan(values).all(axis=1)).tolist():
        middle = (values.shape[1] - 1) / 2
        drawn.axes.text(middle, row, "-", ha="center", va="center", fontsize="small")


def name_ticks(
    axes: Axes, columns: Sequence[str] = (), rows: Sequence[str] = (), size: str | float = "small"
) -> None:
    """Names the places along x, on end where a name is too long to lie, and along y."""
    if columns:
        rotation = 90 if max(map(len, columns)) > 2 else 0
        names = list(map(shortened, columns))
        axes.set_xticks(range(len(names)), names, rotation=rotation, fontsize=size)
    if rows:
        axes.set_yticks(range(len(rows)), list(map(shortened, rows)), fontsize=size)

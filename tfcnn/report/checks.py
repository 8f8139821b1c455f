"""What the pictures and tables refuse: names, networks and rows that do not go with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfcnn.arguments import conform
from tfcnn.errors import check_length, told, wrong

if TYPE_CHECKING:
    from tfcnn.data.dataset import Dataset
    from tfcnn.model.network import Network


COLOURS = (1, 3)  # Channels that a picture can show.


def check_names(class_names: Sequence[str], classes: int) -> None:
    """Refuses names of which there is not one a class.

    Raises:
      InputError: ``class_names: expected 10 names, one a class, found 3``.
    """
    check_length("class_names", class_names, classes, "names, one a class")


def check_filter_names(names: Sequence[str] | None, filters: Sequence[int]) -> None:
    """Refuses names of a layer's filters that do not reach to the last of ``filters``.

    Raises:
      InputError: As said.
    """
    if names is not None and len(names) <= max(filters, default=-1):
        raise wrong("names", f"at least {max(filters) + 1}, one a filter of the layer", len(names))


def check_fits(network: Network, data: Dataset) -> None:
    """Refuses data that a network does not read, or has not as many logits as classes for.

    Raises:
      InputError: As said.
    """
    found = list(data.test.images.shape[1:]), data.num_classes
    if found != (list(network.input_shape), network.classes):
        expected = f"images of shape {list(network.input_shape)} and {network.classes} classes"
        raise wrong("data", expected, f"{found[0]} and {found[1]}")


def check_colours(name: str, channels: int) -> None:
    """Refuses what can be drawn neither in grey nor in red, green and blue.

    Raises:
      InputError: As said.
    """
    if channels not in COLOURS:
        raise wrong(name, "1 or 3 channels", channels)


def check_epochs(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuses rows that are not one an epoch, or none.

    Raises:
      InputError: As said.
    """
    if not rows:
        raise wrong(name, "at least one epoch", "none")
    for row in rows:
        if "epoch" not in row:
            raise wrong(name, "an epoch in each row", told(list(row)))
        conform(f"{name}: epoch", row["epoch"], int)

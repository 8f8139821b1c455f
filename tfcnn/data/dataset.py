"""What a loaded data set is: frozen arrays with their names and checksums."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated

import numpy as np

from tfcnn.arguments import check_fields, checked, whole
from tfcnn.errors import InputError
from tfcnn.showing import Shown, times
from tfcnn.shown_names import shown_names
from tfcnn.typing import Int32, UInt8


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Split(Shown):
    """The images of one part of a data set, with their labels.

    Attributes:
      images: uint8 ``[N, H, W, C]``, 0 to 255.
      labels: int32 ``[N]``, 0 to ``num_classes - 1``.
    """

    images: UInt8
    labels: Int32

    def in_short(self) -> str:
        """How many images there are, and their size."""
        return f"{len(self):,} images {times(self.images.shape[1:])}"

    def __len__(self) -> int:
        return len(self.labels)

    @checked
    def sample(self, count: Annotated[int, whole(0)]) -> Split:
        """At most ``count`` images that stand for all: the first ones.

        Of a split that is sorted by class, as a folder of pictures is, these would be of one class:
        there they are spread evenly over the split.
        """
        if count >= len(self):
            return self
        if np.all(np.diff(self.labels) >= 0):
            chosen = np.linspace(0, len(self) - 1, count).round().astype(int)
            return Split(self.images[chosen], self.labels[chosen])
        return Split(self.images[:count], self.labels[:count])


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Dataset(Shown):
    """Images for classification.

    Attributes:
      name: What was asked of ``load``, for example ``mnist`` or ``folder:my/pictures``.
      num_classes: How many classes there are.
      class_names: One name a class, in the order of the labels; made fit to be printed and drawn
        (``tfcnn.shown_names``), whatever a folder or file calls them.
      train: The images to learn from.
      test: The images to judge by.
      checksums: SHA-256 in hexadecimal of each part of the data, by the part's name.
    """

    name: str
    num_classes: Annotated[int, whole(1)]
    class_names: tuple[str, ...]
    train: Split
    test: Split
    checksums: Mapping[str, str]

    def __post_init__(self) -> None:
        """All that prints, draws or writes names takes them from here.

        Raises:
          InputError: A field is of another type.
        """
        check_fields(self)
        object.__setattr__(self, "class_names", shown_names(self.class_names))

    def in_short(self) -> str:
        """The name, how many images there are, and the classes."""
        counts = f"{len(self.train):,} training and {len(self.test):,} test images"
        size, classes = times(self.train.images.shape[1:]), ", ".join(self.class_names)
        return f"{self.name}, {counts} {size}, {self.num_classes} classes: {classes}"

    @checked
    def test_image(self, index: int) -> tuple[UInt8, str]:
        """One test image, uint8 ``[H, W, C]``, and the name of its class.

        Raises:
          InputError: There is no image of this number.
        """
        count = len(self.test)
        if not 0 <= index < count:
            raise InputError(f"index: expected 0 to {count - 1}, found {index}")
        return self.test.images[index], self.class_names[self.test.labels[index]]

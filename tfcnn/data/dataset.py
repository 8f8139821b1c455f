"""What a loaded data set is: frozen arrays with their names and checksums."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """The images of one part of a data set, with their labels.

    Attributes:
      images: uint8 `[N, H, W, C]`, 0 to 255.
      labels: int32 `[N]`, 0 to `num_classes - 1`.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Images for classification.

    Attributes:
      name: What was asked of `load`, for example `mnist` or `folder:my/pictures`.
      num_classes: How many classes there are.
      class_names: One name a class, in the order of the labels.
      train: The images to learn from.
      test: The images to judge by.
      checksums: SHA-256 in hexadecimal of each part of the data, by the part's name.
    """

    name: str
    num_classes: int
    class_names: tuple[str, ...]
    train: Split
    test: Split
    checksums: Mapping[str, str]

"""What a run found out about the filters of a layer, for their cards."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn import npz_files
from tfcnn.atomic_files import replacing
from tfcnn.errors import InputError
from tfcnn.page.description import encoded

# Kind of numbers, and axes, of what a file holds.
_FORMS = {
    "filters": ("i", 1),
    "reduction": ("U", 0),
    "verdicts": ("U", 1),
    "scores": ("f", 1),
    "robust_scores": ("f", 1),
    "patterns": ("f", 4),
    "patches": ("u", 5),
    "patch_values": ("f", 2),
    "class_means": ("f", 2),
}


@dataclasses.dataclass(frozen=True, eq=False)
class FilterCards:
    """Several filters of a layer; the first axis of every array is the filter.

    Attributes:
      filters: int64 [filters], their numbers.
      reduction: What was climbed of a map.
      verdicts: text [filters].
      scores: float32 [filters].
      robust_scores: float32 [filters].
      patterns: float32 [filters, height, width, channels] in [0, 1].
      patches: uint8 [filters, patches, field height, field width, channels], best first.
      patch_values: float32 [filters, patches], the linear outputs there.
      class_means: float64 [filters, classes], the mean activations; NaN of a class without images.
    """

    filters: npt.NDArray[np.int64]
    reduction: str
    verdicts: npt.NDArray[np.str_]
    scores: npt.NDArray[np.float32]
    robust_scores: npt.NDArray[np.float32]
    patterns: npt.NDArray[np.float32]
    patches: npt.NDArray[np.uint8]
    patch_values: npt.NDArray[np.float32]
    class_means: npt.NDArray[np.float64]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes an NPZ file with the attributes' names, whole or not at all."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        with replacing(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, **fields)

    @classmethod
    def load(cls, path: pathlib.Path) -> FilterCards:
        """Reads what ``save`` wrote.

        Raises:
          InputError: The file is something else.
        """
        try:
            with npz_files.opened(path, os.fspath(path)) as arrays:
                names = [field.name for field in dataclasses.fields(cls)]
                content: dict[str, Any] = {name: arrays[name].read() for name in names}
        except (InputError, KeyError):
            raise InputError(f"{path}: expected what is known of filters, found none") from None
        forms = {name: (array.dtype.kind, array.ndim) for name, array in content.items()}
        counts = {array.shape[:1] for name, array in content.items() if name != "reduction"}
        if forms != _FORMS or len(counts) != 1:
            raise InputError(f"{path}: expected arrays of as many filters each, found others")
        return cls(**content | {"reduction": str(content["reduction"])})

    def to_json(self) -> dict[str, Any]:
        """For the page's script: images in 256 levels and base64, shapes beside them."""
        return {
            "filters": self.filters.tolist(),
            "reduction": self.reduction,
            "verdicts": self.verdicts.tolist(),
            "scores": self.scores.tolist(),
            "robust_scores": self.robust_scores.tolist(),
            "patterns": encoded(np.rint(255 * self.patterns), "u1"),
            "patch_shape": self.patches.shape[1:],
            "patches": encoded(self.patches, "u1"),
            "patch_values": self.patch_values.tolist(),
            "class_means": [
                [None if np.isnan(mean) else mean for mean in row] for row in self.class_means
            ],
        }

    @property
    def size(self) -> int:
        """About how many bytes of a page it takes."""
        return (self.patterns.size + self.patches.size) * 4 // 3

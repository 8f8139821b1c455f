"""A tensor that lies in somebody else's file, and such a file."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from tfcnn.errors import wrong
from tfcnn.model.finite import check_finite
from tfcnn.model.layers import Shape
from tfcnn.typing import Array, Float32

_FLOATS = ("F16", "BF16", "F32", "F64", "float16", "bfloat16", "float32", "float64")


@dataclasses.dataclass(frozen=True)
class StoredTensor:
    """What a file says of a tensor, before it is read.

    Attributes:
      source: The file and the tensor's name, for messages.
      shape: Its shape.
      dtype: Its type, as the file's format calls it.
      read: Reads it while the file is open; raises InputError if it is damaged.
    """

    source: str
    shape: Shape
    dtype: str
    read: Callable[[], Array]

    @property
    def holds_floats(self) -> bool:
        """Whether it is of a type that weights have."""
        return self.dtype in _FLOATS

    def check(self, shape: Shape) -> None:
        """Refuses another shape, and what holds no floats, before anything is read.

        Raises:
          InputError: It is such a tensor.
        """
        if self.shape != shape or not self.holds_floats:
            raise wrong(
                self.source, f"floats of 16, 32 or 64 bits {shape}", f"{self.dtype} {self.shape}"
            )

    def floats(self, shape: Shape) -> Float32:
        """Its values as float32.

        Args:
          shape: The shape that it must have. Nothing is read if it has another.

        Raises:
          InputError: It has another shape, holds no floats, or one that is not finite in float32.
        """
        self.check(shape)
        with np.errstate(over="ignore"):  # A float64 may exceed float32; then it is refused.
            values = self.read().astype(np.float32)
        check_finite(values, self.source)
        return values


@dataclasses.dataclass(frozen=True)
class TensorFile:
    """A file of weights, opened.

    Attributes:
      tensors: Name -> tensor.
      layout: Whose order of axes such a file has, one of ``layouts.LAYOUTS``; None if any.
      ordered: Whether the tensors stand in the order of the network's layers.
    """

    tensors: Mapping[str, StoredTensor]
    layout: str | None = None
    ordered: bool = False

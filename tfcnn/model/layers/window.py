"""The window that a convolution or a pooling moves over a map."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal, TypeAlias

from tfcnn.errors import InputError

Pair: TypeAlias = tuple[int, int]
Padding: TypeAlias = Literal["valid", "same"]

PADDINGS = ("valid", "same")


@dataclasses.dataclass(frozen=True)
class Window:
    """Its size, its step and what happens at the borders.

    Attributes:
      size: Height and width.
      stride: Step, down and across.
      padding: ``valid`` (no padding) or ``same`` (zeros around the map).
    """

    size: Pair
    stride: Pair
    padding: Padding

    def pad_before(self, length: int, axis: int) -> int:
        """Rows (axis 0) or columns (axis 1) of zeros before the map, as TensorFlow pads.

        SAME spreads what the last window lacks over both ends, the odd one at the far end.
        """
        if self.padding == "valid":
            return 0
        outputs = math.ceil(length / self.stride[axis])
        lacking = (outputs - 1) * self.stride[axis] + self.size[axis] - length
        return max(lacking, 0) // 2

    def output_length(self, length: int, axis: int) -> int:
        """Positions of the window along one axis of a map with ``length`` rows or columns.

        VALID: ``floor((length - size) / stride) + 1``; SAME: ``ceil(length / stride)``.
        """
        if self.padding == "same":
            return math.ceil(length / self.stride[axis])
        return (length - self.size[axis]) // self.stride[axis] + 1

    def length_read(self, outputs: int, length: int, axis: int) -> int:
        """Rows or columns of a map, from the first, that so many first positions read.

        VALID: ``(outputs - 1) * stride + size``. SAME counts as reading all: its padding stands
        where the map ends.
        """
        if self.padding == "same":
            return length
        return (outputs - 1) * self.stride[axis] + self.size[axis]

    def positions(self, input_shape: tuple[int, ...], what: str) -> Pair:
        """Positions of the window on a map, down and across.

        Args:
          input_shape: ``(height, width, channels)``.
          what: The window's name in a message.

        Raises:
          InputError: The input is flat, or smaller than the window.
        """
        if len(input_shape) != 3:
            raise InputError(
                f"needs maps [height, width, channels], found flat input of shape {input_shape}: "
                "put it before flatten"
            )
        height, width = self.size
        if self.padding == "valid" and (height > input_shape[0] or width > input_shape[1]):
            raise InputError(
                f"its {what} of {height}x{width} is larger than its input of "
                f"{input_shape[0]}x{input_shape[1]}: use pad=same or a smaller {what}"
            )
        return self.output_length(input_shape[0], 0), self.output_length(input_shape[1], 1)

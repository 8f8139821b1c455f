"""Pictures too long for one file: the files' names, and what an earlier call left of them."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable


def draw_in_files(
    path: pathlib.Path, count: int, most: int, draw: Callable[[slice, pathlib.Path], None]
) -> list[pathlib.Path]:
    """Draws ``count`` items, ``most`` to a file, and removes what an earlier call wrote beyond.

    Args:
      path: The first file to write; the others have ``_2``, ``_3`` ... behind the name.
      count: How many items there are, at least 1.
      most: How many of them a file takes.
      draw: Writes the items of a slice to a file.

    Returns:
      The files written.
    """
    paths: list[pathlib.Path] = []
    for first in range(0, count, most):
        number = len(paths) + 1
        paths.append(path if number == 1 else path.with_stem(f"{path.stem}_{number}"))
        draw(slice(first, first + most), paths[-1])
    numbered = re.compile(rf"{re.escape(path.stem)}_([1-9][0-9]*){re.escape(path.suffix)}")
    for file in path.parent.iterdir():
        match = numbered.fullmatch(file.name)
        if match and int(match[1]) > len(paths):
            file.unlink()
    return paths

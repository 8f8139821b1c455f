"""The norms of gradients and weights, epoch by epoch, beside the metrics."""

import pathlib
from collections.abc import Mapping
from typing import Any

from tfcnn.arguments import conform
from tfcnn.json_files import read_json_lines, write_json_lines


def write_norms(path: pathlib.Path, row: Mapping[str, Any]) -> None:
    """Puts the row of an epoch behind those of the epochs before it; later ones go.

    So a training that goes on from an older checkpoint leaves each epoch once.

    Args:
      path: The file, ``norms.jsonl``, which need not be there.
      row: ``epoch``, ``step``, and by path the norms of ``gradients`` and ``weights``.

    Raises:
      InputError: The file that is there is damaged.
      ValueError: A number is NaN or infinite, which JSON does not have.
    """
    rows = read_json_lines(path) if path.exists() else []
    epochs = [conform(f"{path}: epoch", old.get("epoch", 0), int) for old in rows]
    kept = [old for old, epoch in zip(rows, epochs, strict=True) if epoch < row["epoch"]]
    write_json_lines(path, (*kept, row))

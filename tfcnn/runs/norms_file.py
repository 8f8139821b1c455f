"""The norms of gradients and weights, epoch by epoch, beside the metrics."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from tfcnn.atomic_files import write_text
from tfcnn.json_files import read_json_lines


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
    kept = [old for old in rows if old.get("epoch", 0) < row["epoch"]]
    lines = [json.dumps(line, allow_nan=False) for line in (*kept, row)]
    write_text(path, "".join(f"{line}\n" for line in lines))

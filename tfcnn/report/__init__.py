"""Tables, pictures and the one-file page of a run. Nothing here needs a screen."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tfcnn.report.tables import Table, geometry_table, weights_table

if TYPE_CHECKING:
    from tfcnn.report.evidence_sheet import draw_evidence_sheets
    from tfcnn.report.film_strip import draw_birth
    from tfcnn.report.filter_grid import draw_filter_grid
    from tfcnn.report.kernels import draw_kernels
    from tfcnn.report.learning_curves import draw_learning_curves
    from tfcnn.report.page import write_report
    from tfcnn.report.patterns import draw_patterns
    from tfcnn.report.restarts import draw_restarts

__all__ = [
    "Table",
    "draw_birth",
    "draw_evidence_sheets",
    "draw_filter_grid",
    "draw_kernels",
    "draw_learning_curves",
    "draw_patterns",
    "draw_restarts",
    "geometry_table",
    "weights_table",
    "write_report",
]

# A table needs no Matplotlib; only a picture pays for its import.
_HOMES = {
    "draw_kernels": "kernels",
    "draw_learning_curves": "learning_curves",
    "draw_evidence_sheets": "evidence_sheet",
    "draw_birth": "film_strip",
    "draw_filter_grid": "filter_grid",
    "draw_patterns": "patterns",
    "draw_restarts": "restarts",
    "write_report": "page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tfcnn.report' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tfcnn.report.{_HOMES[name]}"), name)

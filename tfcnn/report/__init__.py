"""Tables, pictures and the one-file page of a run. Nothing here needs a screen."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tfcnn.report.tables import Table, geometry_table, weights_table

if TYPE_CHECKING:
    from tfcnn.report.ablation import ablation_table, draw_ablation
    from tfcnn.report.activations import draw_activations, draw_decision
    from tfcnn.report.attributions import draw_attributions
    from tfcnn.report.classes import draw_class_patterns, probe_table
    from tfcnn.report.comparison import comparison_table, draw_comparison, spread_table
    from tfcnn.report.confusion import class_table, confusion_table, draw_confusions
    from tfcnn.report.evidence_sheet import draw_evidence_sheets
    from tfcnn.report.film_strip import draw_birth
    from tfcnn.report.filter_grid import draw_filter_grid
    from tfcnn.report.hardest import draw_hardest
    from tfcnn.report.image_grid import draw_image_grid
    from tfcnn.report.kernel_strip import correlations_with_first, draw_kernel_strip
    from tfcnn.report.kernels import draw_kernels
    from tfcnn.report.learning_curves import draw_learning_curves
    from tfcnn.report.lookalikes import draw_lookalikes
    from tfcnn.report.page import write_report
    from tfcnn.report.pairs import draw_pairs
    from tfcnn.report.pasting import draw_pasting, moves_table
    from tfcnn.report.predictions import draw_predictions, prediction_table
    from tfcnn.report.reliability import draw_reliability
    from tfcnn.report.restarts import draw_restarts
    from tfcnn.report.sweeps import sweep_table
    from tfcnn.report.words import filter_words

__all__ = [
    "Table",
    "ablation_table",
    "class_table",
    "comparison_table",
    "confusion_table",
    "correlations_with_first",
    "draw_ablation",
    "draw_activations",
    "draw_attributions",
    "draw_birth",
    "draw_class_patterns",
    "draw_comparison",
    "draw_confusions",
    "draw_decision",
    "draw_evidence_sheets",
    "draw_filter_grid",
    "draw_hardest",
    "draw_image_grid",
    "draw_kernel_strip",
    "draw_kernels",
    "draw_learning_curves",
    "draw_lookalikes",
    "draw_pairs",
    "draw_pasting",
    "draw_predictions",
    "draw_reliability",
    "draw_restarts",
    "filter_words",
    "geometry_table",
    "moves_table",
    "prediction_table",
    "probe_table",
    "spread_table",
    "sweep_table",
    "weights_table",
    "write_report",
]

# A table needs no Matplotlib; only a picture pays for its import.
_HOMES = {
    "ablation_table": "ablation",
    "class_table": "confusion",
    "comparison_table": "comparison",
    "confusion_table": "confusion",
    "correlations_with_first": "kernel_strip",
    "draw_ablation": "ablation",
    "draw_activations": "activations",
    "draw_attributions": "attributions",
    "draw_birth": "film_strip",
    "draw_class_patterns": "classes",
    "draw_comparison": "comparison",
    "draw_confusions": "confusion",
    "draw_decision": "activations",
    "draw_evidence_sheets": "evidence_sheet",
    "draw_filter_grid": "filter_grid",
    "draw_hardest": "hardest",
    "draw_image_grid": "image_grid",
    "draw_kernel_strip": "kernel_strip",
    "draw_kernels": "kernels",
    "draw_learning_curves": "learning_curves",
    "draw_lookalikes": "lookalikes",
    "draw_pairs": "pairs",
    "draw_pasting": "pasting",
    "draw_predictions": "predictions",
    "draw_reliability": "reliability",
    "draw_restarts": "restarts",
    "filter_words": "words",
    "moves_table": "pasting",
    "prediction_table": "predictions",
    "probe_table": "classes",
    "spread_table": "comparison",
    "sweep_table": "sweeps",
    "write_report": "page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tfcnn.report' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tfcnn.report.{_HOMES[name]}"), name)

"""Looking into trained networks with real images: what they see, need and share."""

from __future__ import annotations

from tfcnn.inspection import attribution
from tfcnn.inspection.ablation import Ablation, ablate
from tfcnn.inspection.batched import all_activations
from tfcnn.inspection.calibration import Calibration, calibrate
from tfcnn.inspection.class_patterns import (
    ClassPatterns,
    class_patterns,
    confusions,
    most_confused,
)
from tfcnn.inspection.classification import (
    ClassScores,
    class_scores,
    log_probabilities,
    losses,
)
from tfcnn.inspection.comparison import LayerComparison, baselines, compare
from tfcnn.inspection.lookalikes import mistaken_pairs
from tfcnn.inspection.matching import Matching, match_filters
from tfcnn.inspection.pasting import Pasting, paste, pasted
from tfcnn.inspection.patches import top_patches
from tfcnn.inspection.permutation import permuted
from tfcnn.inspection.probes import Probe, probe_layers
from tfcnn.inspection.similarity import linear_cka

__all__ = [
    "Ablation",
    "Calibration",
    "ClassPatterns",
    "ClassScores",
    "LayerComparison",
    "Matching",
    "Pasting",
    "Probe",
    "ablate",
    "all_activations",
    "attribution",
    "baselines",
    "calibrate",
    "class_patterns",
    "class_scores",
    "compare",
    "confusions",
    "linear_cka",
    "log_probabilities",
    "losses",
    "match_filters",
    "mistaken_pairs",
    "most_confused",
    "paste",
    "pasted",
    "permuted",
    "probe_layers",
    "top_patches",
]

"""Gradient ascent on input images: what excites each filter most, and how much to believe it."""

from __future__ import annotations

from tfcnn.ascent import objectives, table
from tfcnn.ascent.evidence import Evidence, gather_evidence
from tfcnn.ascent.maximize import climb_objectives, maximize
from tfcnn.ascent.patterns import Climbs, Patterns
from tfcnn.ascent.recipe import RECIPES, Recipe
from tfcnn.ascent.verdicts import MEANINGS

__all__ = [
    "MEANINGS",
    "RECIPES",
    "Climbs",
    "Evidence",
    "Patterns",
    "Recipe",
    "climb_objectives",
    "gather_evidence",
    "maximize",
    "objectives",
    "table",
]

"""Gradient ascent on input images: what excites each filter most, and how much to believe it."""

from __future__ import annotations

from tfcnn.ascent import objectives
from tfcnn.ascent.agreement import PatternGroup, distinct_patterns
from tfcnn.ascent.birth import Birth, birth
from tfcnn.ascent.climbs import Climbs, climb_objectives, score_images
from tfcnn.ascent.dream import dream
from tfcnn.ascent.evidence import Evidence, gather_evidence
from tfcnn.ascent.maximize import default_recipe, filters_of, maximize
from tfcnn.ascent.patterns import Patterns
from tfcnn.ascent.recipe import RECIPES, Recipe
from tfcnn.ascent.verdicts import MEANINGS

__all__ = [
    "MEANINGS",
    "RECIPES",
    "Birth",
    "Climbs",
    "Evidence",
    "PatternGroup",
    "Patterns",
    "Recipe",
    "birth",
    "climb_objectives",
    "default_recipe",
    "distinct_patterns",
    "dream",
    "filters_of",
    "gather_evidence",
    "maximize",
    "objectives",
    "score_images",
]

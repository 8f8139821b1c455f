"""Patterns for every filter of a layer: scan, climb, score, judge."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from tfcnn.ascent import objectives
from tfcnn.ascent.arguments import layer_of, shortened, subject_of, whole, wholes
from tfcnn.ascent.climbs import Climbs, check_objectives, climb_objectives
from tfcnn.ascent.evaluation import directions_of
from tfcnn.ascent.evidence import Evidence
from tfcnn.ascent.objectives import Objective
from tfcnn.ascent.patterns import Patterns, judge
from tfcnn.ascent.recipe import RECIPES, Recipe, find_recipe
from tfcnn.ascent.reductions import SIGNED, Reduction, check_reduction
from tfcnn.ascent.regions import region
from tfcnn.errors import InputError, wrong
from tfcnn.model.reading import Subject, linear_path, shapes_of

# In pixels. A position of the default network's conv2 sees 8, one of conv3 18.
SMALL_FIELD = 12


def maximize(
    subject: Subject,
    layer: str,
    filters: int | Iterable[int] | None = None,
    *,
    reduction: Reduction = "mean",
    recipe: str | Recipe | None = None,
    steps: int | None = None,
    restarts: int = 4,
    candidates: int = 1024,
    seed: int = 0,
    evidence: Evidence | None = None,
    progress: bool = True,
) -> Patterns:
    """For each filter of a layer an image that excites it most.

    The score is the mean linear output over the filter's map, or another reduction of it. A filter
    that a robust recipe does not bring above 0 is climbed again, from the same starts, by the
    plain one.

    >>> architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> patterns = tfcnn.ascent.maximize(
    ...     network, "conv1", [0, 3], reduction="centre", restarts=2, progress=False
    ... )
    >>> patterns.images.shape, patterns.verdicts
    ((2, 28, 28, 1), ('fires', 'fires'))

    Args:
      subject: A network; it is not changed.
      layer: A layer's name: ``conv3`` for filters, ``dense2`` for the units behind the logits.
      filters: Which channels or units, or one of them; None for all.
      reduction: What to climb of a filter's map: a signed entry of ``REDUCTIONS`` such as
        ``mean``, or a ``(row, column)``. One position shows what a small field sees, the mean what
        fills the image.
      recipe: ``robust``, ``plain``, or a recipe of your own. None takes ``default_recipe``.
      steps: Overrides the recipe's number of steps.
      restarts: Climbs for each filter, from its best candidates.
      candidates: Random images that are scanned for every filter's starts.
      seed: Of the candidates, from 0. The same seed gives the same bytes.
      evidence: What real images do, from ``gather_evidence``; without it the verdicts only say
        whether a filter fires.
      progress: Whether to show a progress bar.

    Returns:
      The patterns, in the order of ``filters``.

    Raises:
      InputError: An argument does not fit the network.
    """
    path, numbers = filters_of(subject, layer, filters)
    check_reduction(reduction, SIGNED)
    _check_evidence(evidence, layer, shapes_of(subject)[path][-1])
    goals = [objectives.filter_map(path, number, reduction) for number in numbers]
    if recipe is None:
        recipe = default_recipe(subject, layer, reduction)
    chosen = find_recipe(recipe)
    if steps is not None:
        chosen = dataclasses.replace(chosen, steps=whole("steps", steps, 1))
    climbs = climb_objectives(
        subject,
        goals,
        recipe=chosen,
        restarts=restarts,
        candidates=candidates,
        seed=seed,
        progress=progress,
    )
    if chosen.seeks_robust_score:
        climbs = _climb_silent_again(subject, goals, climbs, progress)
    return judge(layer, numbers, reduction, climbs, evidence)


def default_recipe(subject: Subject, layer: str, reduction: Reduction = "mean") -> str:
    """``plain`` where what is climbed sees less than ``SMALL_FIELD`` pixels, else ``robust``.

    One position of an early layer sees a few pixels: no noise hides in those, and a blur would wipe
    out what the filter looks for. The mean or the maximum over the same layer's map sees the whole
    image, which leaves room for noise.

    Args:
      subject: A network.
      layer: A layer's name.
      reduction: What is climbed of a filter's map.

    Returns:
      A name in ``RECIPES``. The shorter side counts of the pixels that are seen.

    Raises:
      InputError: The subject has no such layer.
    """
    path = linear_path(layer_of(layer), shapes_of(subject_of(subject)))
    return recipe_for(subject, objectives.filter_map(path, 0, reduction))


def recipe_for(subject: Subject, objective: Objective) -> str:
    """``default_recipe`` for any objective."""
    check_objectives([objective])
    directions_of([objective], shapes_of(subject_of(subject)))
    seen = region(subject, objective.terms)
    small = min(seen.any(axis=0).sum(), seen.any(axis=1).sum()) < SMALL_FIELD
    return "plain" if small else "robust"


def filters_of(
    subject: Subject, layer: str, filters: int | Iterable[int] | None
) -> tuple[str, list[int]]:
    """The path of a layer's linear output, and the filters' numbers, None standing for all.

    Raises:
      InputError: The subject has no such layer, the layer no such filter, or none is asked for.
    """
    shapes = shapes_of(subject_of(subject))
    path = linear_path(layer_of(layer), shapes)
    count = shapes[path][-1]
    numbers = list(range(count)) if filters is None else wholes("filters", filters, None)
    for number in numbers:
        if not 0 <= number < count:
            raise InputError(f"filters: expected 0 to {count - 1} for {layer}, found {number}")
    return path, numbers


def _check_evidence(evidence: Evidence | None, layer: str, filters: int) -> None:
    if evidence is None:
        return
    if not isinstance(evidence, Evidence):
        raise wrong("evidence", "that of gather_evidence", shortened(evidence))
    if evidence.layer != layer:
        raise InputError(f"evidence: expected that of {layer}, found that of {evidence.layer}")
    if evidence.scores.shape[1] != filters:
        raise wrong("evidence", f"{filters} filters", evidence.scores.shape[1])


def _climb_silent_again(
    subject: Subject, goals: Sequence[Objective], climbs: Climbs, progress: bool
) -> Climbs:
    """The climbs, and where no score came above 0 those of a second try by the gradient alone.

    What a filter wants may be too fine to outlast a blur. The rest keep their climbs, so nothing
    is drawn for a filter that only suppresses.
    """
    silent = np.flatnonzero(climbs.scores.max(axis=1) <= 0)
    if not len(silent):
        return climbs
    again = climb_objectives(
        subject,
        [goals[row] for row in silent.tolist()],
        recipe=dataclasses.replace(RECIPES["plain"], steps=climbs.recipe.steps),
        restarts=climbs.starts.shape[1],
        starts=climbs.starts[silent],
        progress=progress,
    )
    return climbs.with_plain(silent, again)

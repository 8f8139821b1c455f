"""Patterns for every filter of a layer: scan, climb, score, judge."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tqdm

from tfcnn.ascent import objectives
from tfcnn.ascent.climb import CHUNK, Climber
from tfcnn.ascent.evidence import Evidence, linear_path
from tfcnn.ascent.objectives import Objective, Reduction
from tfcnn.ascent.patterns import Climbs, Patterns, judge
from tfcnn.ascent.recipe import Recipe, find_recipe
from tfcnn.ascent.regions import region
from tfcnn.ascent.starts import best_starts, random_fields
from tfcnn.ascent.subject import Subject
from tfcnn.errors import InputError


def maximize(
    subject: Subject,
    layer: str,
    filters: Iterable[int] | None = None,
    *,
    recipe: str | Recipe = "robust",
    steps: int | None = None,
    restarts: int = 4,
    candidates: int = 1024,
    seed: int = 0,
    evidence: Evidence | None = None,
    progress: bool = True,
) -> Patterns:
    """Finds for each filter an image that excites it most.

    The score is the mean linear output over the filter's map.

    Args:
      subject: A network; it is not changed.
      layer: A layer's name: ``conv3`` for filters, ``dense2`` for the units behind the logits.
      filters: Which channels or units; None for all.
      recipe: ``robust``, ``plain``, or a recipe of your own.
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
    chosen = find_recipe(recipe) if isinstance(recipe, str) else recipe
    if steps is not None:
        chosen = dataclasses.replace(chosen, steps=steps)
    channels = channels_of(subject)
    path = linear_path(layer, {name: tf.constant(0) for name in channels})
    numbers = list(range(channels[path]) if filters is None else filters)
    if not numbers:
        raise InputError("filters: expected at least one, found none")
    climbs = climb_objectives(
        subject,
        [objectives.filter_map(path, number) for number in numbers],
        recipe=chosen,
        restarts=restarts,
        candidates=candidates,
        seed=seed,
        progress=progress,
    )
    return judge(layer, numbers, climbs, evidence)


def climb_objectives(
    subject: Subject,
    goals: Sequence[Objective],
    *,
    recipe: Recipe,
    restarts: int = 1,
    candidates: int = 1024,
    seed: int = 0,
    starts: npt.NDArray[np.float32] | None = None,
    progress: bool = True,
) -> Climbs:
    """Climbs for any objectives that read the same activations.

    Args:
      subject: The network.
      goals: At least one.
      recipe: The choices of the climb.
      restarts: Climbs for each objective.
      candidates: Random images that are scanned for starts, at least ``restarts``.
      seed: Of the candidates.
      starts: Start images of your own, float32 [objectives, restarts, height, width, channels] in
        [0, 1], instead of a scan.
      progress: Whether to show a progress bar.

    Raises:
      InputError: An argument does not fit the network.
    """
    if restarts < 1 or candidates < restarts:
        raise InputError(
            f"restarts: expected from 1 to the {candidates} candidates, found {restarts}"
        )
    directions = objectives.directions_of(goals, channels_of(subject))
    climber = _climber(subject, goals[0].readings, recipe)
    if starts is None:
        starts = _scan(climber, subject, directions, restarts, candidates, seed)
    shape = (len(goals), restarts, *subject.input_shape)
    if starts.shape != shape or starts.dtype != np.float32:
        raise InputError(f"starts: expected float32 {shape}, found {starts.dtype} {starts.shape}")
    flat = starts.reshape(-1, *subject.input_shape)
    owner = np.repeat(np.arange(len(goals)), restarts)
    images, scores, robust, peaks = [], [], [], []
    with tqdm.tqdm(
        total=len(flat), desc="climbing", unit=" images", leave=False, disable=not progress
    ) as bar:
        for first in range(0, len(flat), CHUNK):
            part = slice(first, first + CHUNK)
            own = [weights[owner[part]] for weights in directions]
            images.append(climber.climb(flat[part], own))
            figures = climber.score(images[-1], own)
            scores.append(figures.score)
            robust.append(figures.robust)
            peaks.append(figures.peak)
            bar.update(len(images[-1]))
    by_goal = (len(goals), restarts)
    return Climbs(
        recipe=recipe,
        starts=starts,
        images=np.concatenate(images).reshape(shape),
        scores=np.concatenate(scores).reshape(by_goal),
        robust_scores=np.concatenate(robust).reshape(by_goal),
        peaks=np.concatenate(peaks).reshape(by_goal),
        candidates=candidates,
    )


def channels_of(subject: Subject) -> dict[str, int]:
    """Path -> number of channels or units, of every activation of ``subject``."""
    blank = tf.zeros([1, *subject.input_shape])
    return {path: value.shape[-1] for path, value in subject.activations(blank).items()}


@functools.lru_cache(maxsize=8)
def _climber(
    subject: Subject, readings: tuple[tuple[str, Reduction], ...], recipe: Recipe
) -> Climber:
    """Compiled once for each network and kind of climb, not once for each call."""
    return Climber(subject, readings, recipe, region(subject, readings))


def _scan(
    climber: Climber,
    subject: Subject,
    directions: Sequence[npt.NDArray[np.float32]],
    restarts: int,
    candidates: int,
    seed: int,
) -> npt.NDArray[np.float32]:
    """The best candidates for each objective, float32 [objectives, restarts, h, w, c]."""
    fields = random_fields(candidates, subject.input_shape, seed)
    fields *= climber.region[None, :, :, None]  # What cannot be seen stays black.
    values = [
        climber.scan(fields[first : first + CHUNK], directions)
        for first in range(0, candidates, CHUNK)
    ]
    return fields[best_starts(np.concatenate(values), restarts)]

"""Climbs for any objectives: starts, chunks of compiled climbs, figures."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from tfcnn.ascent.arguments import flag, float_images, shortened, subject_of, whole
from tfcnn.ascent.climb import Climber
from tfcnn.ascent.evaluation import CHUNK, directions_of
from tfcnn.ascent.narrow import narrow_layer
from tfcnn.ascent.objectives import Objective
from tfcnn.ascent.recipe import Recipe, find_recipe
from tfcnn.ascent.regions import region
from tfcnn.ascent.starts import best_starts, random_fields
from tfcnn.ascent.steps import Scores
from tfcnn.ascent.terms import Sum, has_diversity
from tfcnn.errors import wrong
from tfcnn.model.reading import Subject, shapes_of
from tfcnn.showing import Record
from tfcnn.typing import Bool, Float32, Int64


@dataclasses.dataclass(frozen=True, repr=False)
class Climbs(Record):
    """Every climb for several objectives.

    Attributes:
      recipe: How they went.
      starts: float32 [objectives, restarts, height, width, channels] in [0, 1].
      images: float32, the shape of ``starts``: where they ended.
      scores: float32 [objectives, restarts], the objective on the final image as it is.
      robust_scores: float32 [objectives, restarts], its mean over the blurred image, unshifted
        and shifted by one pixel in the four directions.
      peaks: float32 [objectives, restarts], the largest value anywhere on the map, on the start
        or on the final image; where it was climbed twice, on that of either climb.
      candidates: How many random images were scanned for the starts; 0 for starts of one's own.
      by_gradient_alone: bool [objectives], where only a second, plain climb reached a score
        above 0.
      region: bool [height, width], the pixels that the objectives can see.
    """

    recipe: Recipe
    starts: Float32
    images: Float32
    scores: Float32
    robust_scores: Float32
    peaks: Float32
    candidates: int
    by_gradient_alone: Bool
    region: Bool

    @property
    def climbed_scores(self) -> Float32:
        """float32 [objectives, restarts], what was climbed: the score or the robust score."""
        plain = self.by_gradient_alone | (not self.recipe.seeks_robust_score)
        return np.where(plain[:, None], self.scores, self.robust_scores)

    @property
    def best(self) -> Int64:
        """int64 [objectives], the restart that is best by what was climbed."""
        return self.climbed_scores.argmax(axis=1)

    @property
    def ranking(self) -> Int64:
        """int64 [objectives, restarts], the restarts by what was climbed, the best first."""
        return np.argsort(-self.climbed_scores, axis=1, kind="stable")

    def visible(self, images: Float32) -> Float32:
        """Images ``[count, height, width, channels]`` cut to the pixels that were climbed."""
        rows, columns = (np.flatnonzero(self.region.any(axis=axis)) for axis in (1, 0))
        return images[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    def with_plain(self, rows: Int64, plain: Climbs) -> Climbs:
        """These, and in place of ``rows`` the plain climbs where they reach a score above 0.

        Of the peaks the larger stays, whichever image does: both climbs were tries.
        """
        reached = plain.scores.max(axis=1) > 0
        taken = np.zeros_like(self.by_gradient_alone)
        taken[rows[reached]] = True
        merged = {}
        for name in ("images", "scores", "robust_scores"):
            merged[name] = getattr(self, name).copy()
            merged[name][taken] = getattr(plain, name)[reached]
        merged["peaks"] = self.peaks.copy()
        merged["peaks"][rows] = np.maximum(self.peaks[rows], plain.peaks)
        return dataclasses.replace(self, by_gradient_alone=taken, **merged)


def climb_objectives(
    subject: Subject,
    goals: Sequence[Objective],
    *,
    recipe: str | Recipe,
    restarts: int = 1,
    candidates: int = 1024,
    seed: int = 0,
    starts: Float32 | None = None,
    progress: bool = True,
) -> Climbs:
    """Every climb for any objectives that read the same activations.

    What excites the first filter and not the second:

    >>> architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> objectives, plain = tfcnn.ascent.objectives, tfcnn.ascent.RECIPES["plain"]
    >>> goal = objectives.filter_map("conv1", 0) - objectives.filter_map("conv1", 1)
    >>> climbs = tfcnn.ascent.climb_objectives(network, [goal], recipe=plain, progress=False)
    >>> climbs.images.shape  # [objectives, restarts, height, width, channels]
    (1, 1, 28, 28, 1)

    Args:
      subject: The network.
      goals: At least one.
      recipe: The choices of the climb, or the name of a recipe.
      restarts: Climbs for each objective.
      candidates: Random images that are scanned for starts, at least ``restarts``.
      seed: Of the candidates, from 0.
      starts: Start images of your own, float32 [objectives, restarts, height, width, channels] in
        [0, 1], instead of a scan.
      progress: Whether to show a progress bar.

    Raises:
      InputError: An argument does not fit the network.
    """
    check_objectives(goals)
    recipe, restarts = find_recipe(recipe), whole("restarts", restarts)
    candidates, seed = whole("candidates", candidates, 1), whole("seed", seed)
    progress = flag("progress", progress)
    directions = directions_of(goals, shapes_of(subject_of(subject)))
    narrow = narrow_layer(subject, goals)
    if narrow is not None:
        channels = [[goal.directions[0]] for goal in goals]
        directions = [np.array(channels, np.float32)]
    climber = _climber(subject, goals[0].terms, recipe, narrow)
    shape = (len(goals), restarts, *subject.input_shape)
    if starts is None:
        starts = _scan(climber, subject, directions, len(goals), restarts, candidates, seed)
    else:
        _check_starts(starts, shape)
        candidates = 0
    together = _together(goals[0], restarts)
    flat = starts.reshape(-1, *subject.input_shape)
    own = [np.repeat(weights, restarts, axis=0) for weights in directions]
    images = climber.climb(flat, own, progress, together)
    figures = climber.score(images, own, together)
    by_goal = (len(goals), restarts)
    return Climbs(
        recipe=recipe,
        starts=starts,
        images=images.reshape(shape),
        scores=figures.score.reshape(by_goal),
        robust_scores=figures.robust.reshape(by_goal),
        peaks=np.maximum(figures.peak, climber.score(flat, own, together).peak).reshape(by_goal),
        candidates=candidates,
        by_gradient_alone=np.zeros(len(goals), bool),
        region=climber.region,
    )


def check_objectives(goals: object) -> None:
    """Refuses what is no sequence of objectives.

    Raises:
      InputError: It is none, or it is empty.
    """
    if not isinstance(goals, Sequence) or not goals:
        raise wrong("objectives", "at least one in a list", shortened(goals))
    for goal in goals:
        if not isinstance(goal, Objective):
            raise wrong("objectives", "objectives", shortened(goal))


def score_images(subject: Subject, objective: Objective, images: Float32) -> Scores:
    """The figures of images of any origin by one objective.

    Args:
      subject: The network.
      objective: What is read.
      images: Floats in [0, 1] or uint8, [count, height, width, channels].

    Raises:
      InputError: The objective does not fit the network.
    """
    check_objectives([objective])
    directions = directions_of([objective], shapes_of(subject_of(subject)))
    images = float_images("images", images, subject.input_shape)
    repeated = [np.repeat(weights, len(images), axis=0) for weights in directions]
    return _climber(subject, objective.terms, Recipe(), None).score(images, repeated)


@functools.lru_cache(maxsize=8)
def _climber(subject: Subject, terms: Sum, recipe: Recipe, narrow: str | None) -> Climber:
    """Compiled once for each network and kind of climb, not once for each call."""
    return Climber(subject, terms, recipe, region(subject, terms), narrow)


def _scan(
    climber: Climber,
    subject: Subject,
    directions: Sequence[Float32],
    goals: int,
    restarts: int,
    candidates: int,
    seed: int,
) -> Float32:
    """The best candidates for each objective, float32 [objectives, restarts, h, w, c]."""
    if not 1 <= restarts <= candidates:
        raise wrong("restarts", f"from 1 to the {candidates} candidates", restarts)
    fields = random_fields(candidates, subject.input_shape, seed)
    fields *= climber.region[None, :, :, None]  # What cannot be seen stays black.
    values = climber.scan(fields, directions)
    return fields[best_starts(np.broadcast_to(values, (candidates, goals)), restarts)]


def _together(goal: Objective, restarts: int) -> int:
    """How many climbs have to go at the same time."""
    if not has_diversity(goal.terms):
        return 1
    if restarts > CHUNK:
        raise wrong("restarts", f"at most {CHUNK} for an objective with a diversity", restarts)
    return restarts


def _check_starts(starts: Float32, shape: tuple[int, ...]) -> None:
    if not isinstance(starts, np.ndarray):
        raise wrong("starts", f"float32 {shape}", shortened(starts))
    if starts.shape != shape or starts.dtype != np.float32 or not starts.size:
        raise wrong("starts", f"float32 {shape}", f"{starts.dtype} {starts.shape}")
    if not np.all((starts >= 0) & (starts <= 1)):
        raise wrong("starts", "values in [0, 1]", f"{starts.min():g} to {starts.max():g}")

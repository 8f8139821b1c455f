"""What the climbs found, and the figures that stand beside each picture."""

import dataclasses
import functools
from collections.abc import Iterable

import numpy as np

from tfcnn.ascent.climbs import Climbs
from tfcnn.ascent.evidence import Evidence, high_frequency_share
from tfcnn.ascent.reductions import Reduction
from tfcnn.ascent.verdicts import verdict
from tfcnn.showing import Tabular
from tfcnn.typing import Float32, Float64


@dataclasses.dataclass(frozen=True, repr=False)
class Patterns(Tabular):
    """A pattern for each of several filters of a layer, with its figures.

    Attributes:
      layer: The layer's name.
      filters: The filters' numbers; the first axis of all that follows.
      reduction: What was climbed of the map: its ``mean``, its ``max``imum or one position.
      images: float32 [filters, height, width, channels] in [0, 1].
      scores: float32 [filters], that of the linear output on the image as it is.
      robust_scores: float32 [filters]; see ``Climbs``.
      high_frequency_shares: float64 [filters], share of the energy above half the Nyquist
        frequency.
      verdicts: One word a filter; ``tfcnn.ascent.MEANINGS`` explains them.
      climbs: All restarts.
      evidence: What real images do, if it was given.
    """

    layer: str
    filters: tuple[int, ...]
    reduction: Reduction
    images: Float32
    scores: Float32
    robust_scores: Float32
    high_frequency_shares: Float64
    verdicts: tuple[str, ...]
    climbs: Climbs
    evidence: Evidence | None

    def in_short(self) -> str:
        """The layer and the headline."""
        return f"{self.layer}, {self.headline()}"

    def visible(self, images: Float32) -> Float32:
        """Images ``[count, height, width, channels]`` cut to the pixels that were climbed."""
        return self.climbs.visible(images)

    # The two are read filter by filter, and the first one copies megabytes.
    @functools.cached_property
    def real_scores(self) -> Float32 | None:
        """float32 [images, filters], the real images' scores for these filters, if given."""
        if self.evidence is None:
            return None
        return self.evidence.scores_by(self.reduction)[:, list(self.filters)]

    @functools.cached_property
    def ratios(self) -> tuple[float | None, ...]:
        """Each score by the best real image's; None where it, or the score, is not above 0.

        None for all filters if no real images were given.
        """
        if self.real_scores is None:
            return (None,) * len(self.filters)
        pairs = zip(self.scores.tolist(), self.real_scores.max(axis=0).tolist(), strict=True)
        return tuple(score / real if min(score, real) > 0 else None for score, real in pairs)

    @property
    def suppressed(self) -> tuple[int, ...]:
        """Filters whose score is above 0 on no real image: those answer with suppression only."""
        if self.real_scores is None:
            return ()
        best = self.real_scores.max(axis=0)
        return tuple(n for n, score in zip(self.filters, best, strict=True) if score <= 0)

    def headline(self) -> str:
        """How many filters have each verdict: ``64 filters: 63 found, 1 weak``."""
        words = dict.fromkeys(sorted(self.verdicts, key=lambda word: (word != "found", word)))
        counts = ", ".join(f"{self.verdicts.count(word)} {word}" for word in words)
        total = len(self.filters)
        noun = "filter" if total == 1 else "filters"
        return f"{total} {noun}: {counts}"


def judge(
    layer: str,
    filters: list[int],
    reduction: Reduction,
    climbs: Climbs,
    evidence: Evidence | None,
) -> Patterns:
    """The best climb of each filter, with its figures and verdict."""
    rows = np.arange(len(filters))
    images = climbs.images[rows, climbs.best]
    scores = climbs.scores[rows, climbs.best]
    real: Iterable[tuple[float | None, float | None]] = [(None, None)] * len(filters)
    if evidence is not None:
        best = evidence.scores_by(reduction)[:, filters].max(axis=0)
        real = zip(best.tolist(), evidence.best_linear[filters].tolist(), strict=True)
    found = zip(scores, climbs.peaks.max(axis=1), real, strict=True)
    return Patterns(
        layer=layer,
        filters=tuple(filters),
        reduction=reduction,
        images=images,
        scores=scores,
        robust_scores=climbs.robust_scores[rows, climbs.best],
        high_frequency_shares=high_frequency_share(images),
        verdicts=tuple(verdict(score, peak, *best_real) for score, peak, best_real in found),
        climbs=climbs,
        evidence=evidence,
    )

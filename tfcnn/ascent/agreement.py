"""Do all restarts of a climb find one pattern, or several?"""

import dataclasses

import numpy as np

from tfcnn.ascent.arguments import array
from tfcnn.errors import wrong
from tfcnn.typing import Float32, Float64

# Patterns count as one if some shift of up to REACH pixels correlates them at least this much. Of
# the patterns of two different filters of a trained conv3, fewer than one pair in 100 does.
SAME_PATTERN = 0.5
REACH = 4


@dataclasses.dataclass(frozen=True)
class PatternGroup:
    """Restarts that found the same pattern.

    Attributes:
      members: Numbers of the restarts, the best score first.
      score: The best member's score.
    """

    members: tuple[int, ...]
    score: float


def similarity(images: Float32, reach: int = REACH) -> Float64:
    """Correlation of every pair of images at its best shift.

    With ``a`` and ``b`` two images less their means, ``max over s of sum over x of a(x) b(x + s)
    / (|a| |b|)``. The norms are those of the whole images, not of the overlap, so that a small
    overlap cannot look like a match.

    Args:
      images: float32 [count, height, width, channels].
      reach: The largest shift in pixels, down and across.

    Returns:
      float64 [count, count], symmetric, at most 1. An image of one grey level correlates with
      nothing but others of one level, which are as empty: there it is 1.
    """
    height, width = images.shape[1:3]
    varying = images - images.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float64)
    norms = np.sqrt(np.square(varying).sum(axis=(1, 2, 3), keepdims=True))
    even = norms.ravel() <= 1e-6
    varying = np.divide(varying, norms, out=np.zeros_like(varying), where=norms > 1e-6)
    # Correlation theorem: the sums of products at all shifts at once are the inverse transform of
    # conj(A) B. Zeros beyond the image keep what leaves it on one side from coming back on the
    # other.
    size = (height + reach, width + reach)
    spectra = np.fft.rfft2(varying, s=size, axes=(1, 2))
    shifts = np.arange(-reach, reach + 1)
    best = np.empty((len(images), len(images)))
    for row, spectrum in enumerate(spectra):
        # Shift -1 stands in the last row or column, which the index -1 names.
        products = np.fft.irfft2((spectrum.conj() * spectra).sum(axis=-1), s=size, axes=(1, 2))
        best[row] = products[:, shifts[:, None], shifts].max(axis=(1, 2))
    best[np.ix_(even, even)] = 1
    return best


def distinct_patterns(images: Float32, scores: Float32) -> list[PatternGroup]:
    """The restarts of one filter, grouped by what they found, up to a shift.

    Average-linkage clustering of ``1 - similarity``: two groups are one if their members
    correlate by ``SAME_PATTERN`` on average.

    Args:
      images: float32 [restarts, height, width, channels].
      scores: float32 [restarts], those to order by; ``Climbs.climbed_scores`` has them.

    Returns:
      The groups, the best score first, of equal ones that of the lower number.

    Raises:
      InputError: They are no images and no finite scores.
    """
    from scipy.cluster import hierarchy  # Imported late: SciPy takes a third of a second.
    from scipy.spatial import distance

    images = array("images", images, 4, "numbers [restarts, height, width, channels]")
    if not np.isfinite(images).all():
        raise wrong("images", "finite numbers", "others")
    scores = array("scores", scores, 1, f"{len(images)} numbers")
    if len(scores) != len(images) or not np.isfinite(scores).all():
        raise wrong("scores", f"{len(images)} finite numbers", f"{scores.dtype} {scores.shape}")
    if len(images) == 1:
        return [PatternGroup((0,), float(scores[0]))]
    distances = np.clip(1 - similarity(images), 0, None)
    np.fill_diagonal(distances, 0)
    tree = hierarchy.linkage(distance.squareform(distances, checks=False), method="average")
    labels = hierarchy.fcluster(tree, 1 - SAME_PATTERN, criterion="distance")
    groups = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ordered = members[np.argsort(-scores[members], kind="stable")]
        groups.append(PatternGroup(tuple(map(int, ordered)), float(scores[ordered[0]])))
    return sorted(groups, key=lambda group: (-group.score, group.members))

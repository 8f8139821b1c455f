"""Whether a network that says 90 % is right nine times in ten."""

import dataclasses

import numpy as np
import numpy.typing as npt

from tfcnn.arguments import check_labels, checked
from tfcnn.errors import wrong
from tfcnn.showing import Record
from tfcnn.typing import Count, Float64, Floats, Int64, Labels

BINS = 15


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Calibration(Record):
    """Confidence and accuracy, bin by bin.

    Attributes:
      edges: float64 [bins + 1], from 0 to 1; a bin holds its upper edge.
      counts: int64 [bins], images whose confidence is in the bin.
      confidences: float64 [bins], mean confidence of those images; NaN without any.
      accuracies: float64 [bins], share of those images that are classified rightly; NaN without.
    """

    edges: Float64
    counts: Int64
    confidences: Float64
    accuracies: Float64

    @property
    def expected_error(self) -> float:
        """Expected calibration error: ``sum over bins of count / all * |accuracy - confidence|``.

        Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML
        2017, equation 3. In [0, 1], 0 at best; it depends somewhat on the number of bins.
        """
        gaps = np.abs(self.accuracies - self.confidences)
        return float(np.nansum(self.counts * gaps) / self.counts.sum())


def check_probabilities(values: Floats) -> None:
    """Refuses what are no probabilities [count > 0, classes].

    Raises:
      InputError: As said.
    """
    expected = "rows [count > 0, classes], each from 0 with the sum 1"
    if values.ndim != 2 or 0 in values.shape:
        raise wrong("probabilities", expected, f"shape {list(values.shape)}")
    off = np.abs(values.sum(axis=1, dtype=np.float64) - 1).max()
    if values.min() < 0 or off > 1e-2:  # As far as sums of float16 may be off.
        raise wrong("probabilities", expected, f"{values.min():g} and a sum off by {off:g}")


@checked
def calibrate(probabilities: Floats, labels: Labels, bins: Count = BINS) -> Calibration:
    """How the confidence, the largest probability of an image, relates to being right.

    Args:
      probabilities: [count > 0, classes], each row with the sum 1.
      labels: Whole numbers [count], from 0.
      bins: How many bins of equal width there are between 0 and 1.

    Raises:
      InputError: They are no probabilities, or the labels are not theirs.
    """
    check_probabilities(probabilities)
    check_labels(labels, *probabilities.shape)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    # The k-th bin is (edge k, edge k + 1]; rounding may lift a probability above 1.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)

    def mean(values: npt.NDArray[np.floating | np.bool_]) -> Float64:
        sums = np.bincount(places, weights=values, minlength=bins)
        return np.divide(sums, counts, out=np.full(bins, np.nan), where=counts > 0)

    return Calibration(edges, counts, mean(confidence), mean(right))
